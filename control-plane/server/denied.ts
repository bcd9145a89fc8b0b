import type { DescField, DescMessage, DescMethod, Message } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { actionOf, type Caller } from '../access/index.ts';
import type { NoteUse } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { NotVisible, Refusal } from '../errors.ts';
import type { Asked } from './asked.ts';

/** How long what a denied stream asks for is waited for. Clients send it at once. */
const firstMessageMs = 1_000;

/**
 * Writes down that somebody whom we know tried what they may not, or asked for what is not theirs to see. Who tries the
 * same again and again leaves two rows a minute. Floods by strangers are counted by the metrics instead.
 */
export async function noteDenied(
  noteUse: NoteUse,
  context: Context,
  method: DescMethod,
  asked: Asked,
  error: unknown,
): Promise<void> {
  if (context.caller.kind === 'anonymous' || !(error instanceof Refusal) || !isDenial(error)) return;
  try {
    const request = await asked.first(firstMessageMs);
    const { target, teamId } = attemptedOn(method.input, request);
    // Of what does not exist for the caller only what was asked for by its id: nothing else can be another's.
    if (error instanceof NotVisible && target === undefined && teamId === undefined) return;
    await noteUse(context, {
      action: actionOf(method) ?? 'unknown',
      target: target ?? teamId,
      teamId: error.teamId ?? ownTeam(context.caller, teamId),
      denied: error.message,
    });
  } catch (failure) {
    context.log.error({ err: failure, rpc: method.name }, 'a denied attempt could not be written to the audit log');
  }
}

function isDenial(error: Refusal): boolean {
  // What a user inside of a sandbox may not do there says nothing about our callers.
  if (error.code === Code.PermissionDenied) return error.reason !== Reason.FILE_PERMISSION;
  return error.reason === Reason.SECOND_FACTOR_REQUIRED || error instanceof NotVisible;
}

/** The team of an attempt that no rule has named: what the caller belongs to, never what anybody could claim. */
function ownTeam(caller: Caller, named: string | undefined): string | null {
  if ('memberships' in caller) return caller.memberships.find(({ teamId }) => teamId === named)?.teamId ?? null;
  return 'activeTeamId' in caller ? (caller.activeTeamId ?? null) : null;
}

/** What a request is about: the team that it names, and the first of its other fields that names a thing by id. */
function attemptedOn(desc: DescMessage, request: Message | undefined) {
  if (!request) return { target: undefined, teamId: undefined };
  return {
    target: textOf(desc, request, (name) => name.endsWith('_id') && name !== 'request_id' && name !== 'team_id'),
    teamId: textOf(desc, request, (name) => name === 'team_id'),
  };
}

/** The first text field of a request that passes; those of its parts after its own. */
function textOf(desc: DescMessage, message: Message, passes: (name: string) => boolean): string | undefined {
  const found = reflect(desc, message);
  const isText = (field: DescField) => field.fieldKind === 'scalar' && passes(field.name) && found.isSet(field);
  const own = desc.fields.find(isText);
  const value: unknown = own && found.get(own);
  if (typeof value === 'string') return copied(value);
  for (const field of desc.fields) {
    if (field.fieldKind !== 'message' || !found.isSet(field)) continue;
    const inPart = textOf(field.message, found.get(field).message, passes);
    if (inPart !== undefined) return inPart;
  }
  return undefined;
}

/** Longer than any id. */
const longestId = 100;

/** As much of a text as an id may have, in memory of its own: it is kept for a minute, and no large request with it. */
const copied = (text: string): string => Buffer.from(text.slice(0, longestId)).toString();
