import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../database/index.ts';
import { invalidField, notFound, Refusal } from '../errors.ts';
import { HostNotConnected, HostRefusal, type HostCalls } from '../hosts/index.ts';
import { isStored, recordLayers } from '../layers/index.ts';
import { snapshotLayers } from '../snapshots/index.ts';
import type { LayerStore } from '../store/index.ts';
import { holdTeam } from '../teams/index.ts';
import { partsOf, saySource, missingTarball, type Source } from './source.ts';
import {
  failInterrupted,
  failTemplate,
  findBuilders,
  findByRequest,
  insertTemplate,
  publishTemplate,
  setBuilder,
} from './store.ts';

/** Longer than any build: whoever waited for it has died. */
const interruptedAfterMs = 6 * 3_600_000;

export interface TemplateRequest {
  readonly teamId: string;
  readonly name: string;
  readonly source: Source;
  /** Empty: the call is not repeatable. */
  readonly requestId: string;
}

/** How far a template is; its id when it is settled. */
export type Step =
  | { readonly kind: 'progress'; readonly message: string; readonly percent: number }
  | { readonly kind: 'settled'; readonly id: string };

/** Builds a version of a template on a host. Whoever leaves the iteration cancels it. */
export async function* createTemplate(
  context: Context,
  hands: { readonly calls: HostCalls; readonly store: LayerStore },
  request: TemplateRequest,
): AsyncGenerator<Step> {
  if (request.name === 'base')
    throw invalidField('name', "name: base is the hosts' own template. Choose another name.");
  if (request.source.case === 'tarballDigest' && (await hands.store.size(request.source.value)) === undefined)
    throw missingTarball(await isStored(context.sql, request.source.value));
  const begun = await begin(context, request);
  if ('existing' in begun) {
    yield { kind: 'settled', id: begun.existing };
    return;
  }
  const { id } = begun;
  let settled = false;
  try {
    yield* build(context, hands, { ...request, id });
    settled = true;
  } catch (error) {
    settled = true;
    if (!(error instanceof Refusal)) {
      await failTemplate(
        context.sql,
        id,
        context.signal.aborted ? 'It was cancelled.' : 'It could not be built for a reason of our own.',
      );
      throw error;
    }
    await failTemplate(context.sql, id, error.message);
    // What its builder said is in the answer.
    if (!(error instanceof HostRefusal)) throw error;
  } finally {
    if (!settled) await failTemplate(context.sql, id, 'It was cancelled.');
  }
  yield { kind: 'settled', id };
}

function begin(
  context: Context,
  { teamId, name, source, requestId }: TemplateRequest,
): Promise<{ id: string } | { existing: string }> {
  return context.transaction(async (sql) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`templates/${teamId}`}, 0))`;
    if ((await holdTeam(sql, teamId)) === undefined) throw notFound('team');
    const existing = requestId === '' ? undefined : await findByRequest(sql, teamId, requestId);
    if (existing !== undefined) return { existing };
    const id = newId('tmpl');
    const said = saySource(source);
    const createdBy = context.caller.actor;
    const version = await insertTemplate(sql, {
      id,
      teamId,
      name,
      source: said,
      createdBy,
      requestId: requestId || null,
    });
    await recordAudit(sql, context, {
      action: 'template.create',
      target: id,
      teamId,
      after: { name, version, source: said },
    });
    return { id };
  });
}

async function* build(
  context: Context,
  hands: { readonly calls: HostCalls; readonly store: LayerStore },
  template: TemplateRequest & { readonly id: string },
): AsyncGenerator<Step> {
  const { source, teamId } = template;
  if (source.case === 'snapshotId') {
    const { value } = source;
    return context.transaction(async (sql) => {
      const layers = await snapshotLayers(sql, teamId, value);
      if (!layers) throw notFound('snapshot');
      await publishTemplate(sql, template, layers);
    });
  }
  const found = await findBuilders(context.sql, teamId);
  const builders = found.filter(({ missing }) => lackedFor(source.case, missing).length === 0);
  let refused: unknown = noBuilder(found.flatMap(({ missing }) => lackedFor(source.case, missing)));
  for (const { id: hostId } of builders) {
    try {
      yield* buildOn(context, hands, { ...template, hostId });
      return;
    } catch (error) {
      // It lacks what it takes, or has just gone; another one may do it.
      const lacks = error instanceof HostRefusal && error.code === Code.FailedPrecondition;
      if (!lacks && !(error instanceof HostNotConnected)) throw error;
      refused = error;
    }
  }
  throw refused;
}

async function* buildOn(
  context: Context,
  { calls, store }: { readonly calls: HostCalls; readonly store: LayerStore },
  template: TemplateRequest & { readonly id: string; readonly hostId: string },
): AsyncGenerator<Step> {
  const { id, hostId, source } = template;
  await setBuilder(context.sql, id, hostId);
  let digest = '';
  for await (const { event } of calls.stream(
    hostId,
    (client, options) => client.buildTemplate(partsOf(source, store), options),
    context.signal,
  )) {
    if (event.case === 'progress')
      yield { kind: 'progress', message: event.value.message, percent: event.value.percent };
    else if (event.case === 'digest') digest = event.value;
  }
  await context.transaction(async (sql) => {
    await recordLayers(sql, hostId, [digest]);
    await publishTemplate(sql, template, [digest]);
  });
}

/** Fails what nobody builds any more. */
export async function settleInterrupted(context: Context): Promise<{ interrupted: number }> {
  return { interrupted: (await failInterrupted(context.sql, interruptedAfterMs)).length };
}

const takes: Readonly<Record<string, readonly string[]>> = {
  ociImage: ['skopeo', 'umoci'],
  debianPackages: ['mmdebstrap'],
};

/** What a host lacks of what this kind of source takes. */
const lackedFor = (kind: string | undefined, missing: readonly string[]): readonly string[] =>
  (takes[kind ?? ''] ?? []).filter((program) => missing.includes(program));

/** Nobody can build it: there is no host, or all lack a program. */
function noBuilder(lacked: readonly string[]): Refusal {
  if (lacked.length === 0)
    return new Refusal(Code.ResourceExhausted, Reason.NO_HOST_FITS, 'No host is connected that could build it.', {
      help: 'Add a host, or wait until one is online.',
    });
  const programs = [...new Set(lacked)].sort();
  return new Refusal(
    Code.ResourceExhausted,
    Reason.NO_HOST_FITS,
    `No host that is connected can build it: they lack ${programs.join(' and ')}.`,
    { help: `Install what is missing on one of them (apt-get install ${programs.join(' ')}).` },
  );
}
