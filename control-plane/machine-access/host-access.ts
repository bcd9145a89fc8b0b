import { recordHostAudit } from '../hosts/index.ts';
import type { Context } from '../context.ts';
import { announce } from '../events/index.ts';
import { invalidField } from '../errors.ts';
import { changedMeanwhile } from '../settings/index.ts';
import { findStrangers, listPeople, lockList, writeList } from './people-store.ts';
import { holdAccess, reviseAccess } from './store.ts';

/** Says who may use a machine, over the version that was looked at. */
export function setHostAccess(
  context: Context,
  {
    hostId,
    userIds,
    version,
  }: { readonly hostId: string; readonly userIds: readonly string[]; readonly version: number },
): Promise<void> {
  const { actor } = context.caller;
  return context.transaction(async (sql) => {
    await holdAccess(sql);
    const list = await lockList(sql, hostId, actor);
    if (list.version !== version) throw changedMeanwhile(list.version, list.updatedBy);
    const before = (await listPeople(sql, hostId)).map(({ userId }) => userId);
    const [stranger] = await findStrangers(
      sql,
      userIds.filter((id) => !before.includes(id)),
    );
    if (stranger) throw invalidField('user_ids', `There is no user ${stranger.id} who may sign in: leave them out.`);
    await writeList(sql, hostId, userIds, actor);
    await recordHostAudit(sql, context, hostId, {
      action: 'host_access.set',
      before: { people: before },
      after: { people: userIds },
    });
    await reviseAccess(sql);
    await announce(sql, 'machine_access', [hostId]);
  });
}
