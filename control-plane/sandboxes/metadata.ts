import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { conflict, invalidField, notFound } from '../errors.ts';
import { requireAllowed } from '../state-rules.ts';
import { visibleSandbox } from './find.ts';
import { lockMetadata, setMetadata } from './metadata-store.ts';
import { callersMetadata, requireCallersKeys } from './request.ts';
import type { Sandbox } from './sandbox.ts';
import { sandboxActions, situationOf } from './states.ts';

/** What of a sandbox's metadata is to change. */
interface MetadataChange {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  /** Only where the sandbox still has this revision. */
  readonly expectedRevision?: bigint | undefined;
}

/** As many as a new sandbox may have; what the server adds does not count. */
const mostPairs = 32;

/**
 * Sets and removes pairs of a sandbox's metadata; all others stay. Throws INVALID_FIELD for keys of the server's and too
 * many pairs, WRONG_STATE where it has ended, CONFLICT where it has changed since it was read.
 */
export async function updateMetadata(
  context: Context,
  { id, teamId }: Sandbox,
  { set, remove, expectedRevision }: MetadataChange,
): Promise<Sandbox> {
  requireCallersKeys('set', Object.keys(set));
  requireCallersKeys('remove', remove);
  const both = remove.find((key) => Object.hasOwn(set, key));
  if (both !== undefined) throw invalidField('remove', `remove: ${both} stands in set, too: choose one of them.`);
  if (Object.keys(set).length + remove.length === 0)
    throw invalidField('set', 'set: there is nothing to change: name pairs to set, or keys to remove.');
  return context.transaction(async (sql) => {
    const target = await lockMetadata(sql, id);
    if (!target) throw notFound('sandbox');
    requireAllowed(sandboxActions['sandbox.set_metadata'], situationOf(target));
    if (expectedRevision !== undefined && BigInt(target.revision) !== expectedRevision)
      throw conflict(`The sandbox has changed since: it has revision ${target.revision} by now.`);
    const before = target.metadata;
    const kept = Object.entries(before).filter(([key]) => !remove.includes(key));
    const after = { ...Object.fromEntries(kept), ...set };
    const pairs = Object.keys(callersMetadata(after)).length;
    if (pairs > mostPairs)
      throw invalidField('set', `set: a sandbox has ${mostPairs} pairs at most, and would have ${pairs}: remove some.`);
    const changed = [...Object.keys(set), ...remove].filter((key) => before[key] !== after[key]);
    if (changed.length > 0) {
      await setMetadata(sql, id, after);
      await recordAudit(sql, context, {
        action: 'sandbox.set_metadata',
        target: id,
        teamId,
        before: { metadata: only(changed, before) },
        after: { metadata: only(changed, after) },
      });
    }
    return visibleSandbox(context, id, sql);
  });
}

const only = (keys: readonly string[], metadata: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => keys.includes(key)));
