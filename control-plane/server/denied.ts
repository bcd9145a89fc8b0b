import type { DescField } from '@bufbuild/protobuf';
import { Code, type Interceptor } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Caller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';

/** Writes down that somebody whom we know tried what they may not. Floods by strangers are counted by the metrics instead. */
export async function auditDenied(
  context: Context,
  action: string,
  { target, teamId }: AttemptedOn,
  error: unknown,
): Promise<void> {
  if (!(error instanceof Refusal) || error.code !== Code.PermissionDenied || context.caller.kind === 'anonymous')
    return;
  // What a user inside of a sandbox may not do there says nothing about our callers.
  if (error.reason === Reason.FILE_PERMISSION) return;
  try {
    await recordAudit(context.sql, context, {
      action,
      target,
      teamId: error.teamId ?? ownTeam(context.caller, teamId),
      outcome: 'denied',
      reason: error.message,
    });
  } catch (failure) {
    context.log.error({ err: failure, action }, 'a denied attempt could not be written to the audit log');
  }
}

/** What a request is about. */
interface AttemptedOn {
  readonly target: string | undefined;
  /** The team that it names. */
  readonly teamId: string | undefined;
}

/** The team of an attempt that no rule has named: what the caller belongs to, never what anybody could claim. */
function ownTeam(caller: Caller, named: string | undefined): string | null {
  if ('memberships' in caller) return caller.memberships.find(({ teamId }) => teamId === named)?.teamId ?? null;
  return 'team' in caller ? caller.team.teamId : null;
}

/** What a request is about: the team that it names, and the first of its other fields that names a thing by id. */
export function attemptedOn(request: AnyRequest): AttemptedOn {
  return { target: targetOf(request), teamId: textOf(request, ({ name }) => name === 'team_id') };
}

type AnyRequest = Pick<Parameters<ReturnType<Interceptor>>[0], 'stream' | 'method' | 'message'>;

const targetOf = (request: AnyRequest): string | undefined =>
  textOf(request, ({ name }) => name.endsWith('_id') && name !== 'request_id' && name !== 'team_id');

/** The first text field of a request that passes. */
function textOf({ stream, method, message }: AnyRequest, passes: (field: DescField) => boolean): string | undefined {
  if (stream) return undefined;
  const field = method.input.fields.find((one) => one.fieldKind === 'scalar' && passes(one));
  const value: unknown = field && Object.entries(message).find(([name]) => name === field.localName)?.[1];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
