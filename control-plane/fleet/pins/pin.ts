import type { Context } from '../../context.ts';
import { invalidField, notFound } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import { recordHostAudit, visibleHost } from '../../hosts/index.ts';
import { findRepositoryByName } from '../repositories/store.ts';
import type { Survey } from '../survey.ts';
import { deleteEndedPins, deletePin, readPins, reportedRepository, writePin, type Pin } from './store.ts';

export interface PinRequest {
  readonly hostId: string;
  readonly component: string;
  readonly sha: string;
  readonly reason: string;
  readonly until: Date | undefined;
}

/** Holds a component at a commit that its repository has. Throws NOT_FOUND, INVALID_FIELD. */
export async function pinComponent(context: Context, survey: Survey, request: PinRequest): Promise<Pin> {
  const { component, sha, reason, until } = request;
  const { id: hostId } = await visibleHost(context, request.hostId);
  await requireCommit(context, survey, hostId, request);
  return context.transaction(async (sql) => {
    const [before] = (await readPins(sql, [hostId])).filter((pin) => pin.component === component);
    const pin = { hostId, component, sha, reason, pinnedBy: context.caller.actor, until: until ?? null };
    if (!(await writePin(sql, pin))) throw invalidField('until', 'This moment is past: name one that is to come.');
    await recordHostAudit(sql, context, hostId, {
      action: 'component.pin',
      ...(before && { before: { component, sha: before.sha, reason: before.reason, until: before.until } }),
      after: { component, sha, until: until ?? null },
      reason,
    });
    await announce(sql, 'fleet', [hostId]);
    const [written] = (await readPins(sql, [hostId])).filter((one) => one.component === component);
    if (!written) throw invalidField('until', 'This moment is past: name one that is to come.');
    return written;
  });
}

/** Ends a pin, where there is one. */
export async function unpinComponent(context: Context, hostId: string, component: string): Promise<void> {
  await visibleHost(context, hostId);
  await context.transaction(async (sql) => {
    const before = await deletePin(sql, hostId, component);
    if (!before) return;
    await recordHostAudit(sql, context, hostId, {
      action: 'component.unpin',
      before: { component, sha: before.sha, reason: before.reason },
    });
    await announce(sql, 'fleet', [hostId]);
  });
}

const mostAtOnce = 500;

/** Removes pins whose time is over and writes that down. They hold no more from the moment itself on. */
export function endPins(context: Context): Promise<{ ended: number }> {
  return context.transaction(async (sql) => {
    const ended = await deleteEndedPins(sql, mostAtOnce);
    for (const { hostId, component, sha, reason } of ended) {
      await recordHostAudit(sql, context, hostId, {
        action: 'component.unpin',
        before: { component, sha, reason },
        reason: 'Its time was over.',
      });
    }
    await announce(sql, 'fleet', [...new Set(ended.map(({ hostId }) => hostId))]);
    return { ended: ended.length };
  });
}

async function requireCommit(
  context: Context,
  survey: Survey,
  hostId: string,
  { component, sha }: PinRequest,
): Promise<void> {
  const name = await reportedRepository(context.sql, hostId, component);
  if (name === undefined) throw notFound('component');
  const repository = await findRepositoryByName(context.sql, name);
  if (!repository)
    throw invalidField('component', 'It is built from no registered repository: register that one first.');
  if (!(await survey.seekCommit(context, repository, sha)))
    throw invalidField(
      'sha',
      repository.published
        ? `CI has never told this commit as a head of “${name}”: publish it first.`
        : `The repository “${name}” does not have this commit on any branch: push it first.`,
    );
}
