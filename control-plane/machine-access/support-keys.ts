import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { invalidField, nameTaken, notFound } from '../errors.ts';
import { readPublicKey } from './public-key.ts';
import { holdAccess, reviseAccess } from './store.ts';
import {
  findByFingerprint,
  findByRequest,
  findStrangeHosts,
  findSupportKey,
  insertSupportKey,
  removeKey,
} from './support-key-store.ts';

/** What somebody wants installed. */
export interface NewSupportKey {
  readonly name: string;
  readonly publicKey: string;
  readonly expiresAt: Date | undefined;
  readonly hostIds: readonly string[];
  readonly requestId: string;
}

/** Adds a support key. Answers its id; a repeated call answers the first one's. */
export function addSupportKey(context: Context, wanted: NewSupportKey): Promise<string> {
  const key = readPublicKey(wanted.publicKey, 'public_key');
  const requestId = wanted.requestId === '' ? null : `${context.caller.actor}/${wanted.requestId}`;
  const { expiresAt, hostIds } = wanted;
  const name = wanted.name.trim();
  return context.transaction(async (sql) => {
    await holdAccess(sql);
    const earlier = requestId === null ? undefined : await findByRequest(sql, requestId);
    if (earlier !== undefined) return earlier;
    const [strange] = await findStrangeHosts(sql, hostIds);
    if (strange) throw invalidField('host_ids', `There is no machine ${strange.id}: leave it out.`);
    const holder = await findByFingerprint(sql, key.fingerprint);
    if (holder !== undefined)
      throw nameTaken('public_key', `This key is there already, as “${holder}”. Remove that one first to change it.`);
    const id = newId('skey');
    await insertSupportKey(sql, { id, name, ...key, expiresAt, hostIds, createdBy: context.caller.actor, requestId });
    const { fingerprint } = key;
    await recordAudit(sql, context, {
      action: 'support_key.add',
      target: id,
      after: { name, fingerprint, expiresAt: expiresAt?.toISOString() ?? 'never', hosts: placesOf(hostIds) },
    });
    await reviseAccess(sql);
    await announce(sql, 'machine_access', [id]);
    return id;
  });
}

/** Removes a support key. One that was removed before stays so. */
export function removeSupportKey(context: Context, id: string, reason: string): Promise<void> {
  return context.transaction(async (sql) => {
    await holdAccess(sql);
    const key = await findSupportKey(sql, id);
    if (!key) throw notFound('support key');
    if (key.removed) return;
    await removeKey(sql, id);
    const { name, fingerprint, expiresAt, hostIds } = key;
    await recordAudit(sql, context, {
      action: 'support_key.remove',
      target: id,
      before: { name, fingerprint, expiresAt: expiresAt?.toISOString() ?? 'never', hosts: placesOf(hostIds) },
      reason,
    });
    await reviseAccess(sql);
    await announce(sql, 'machine_access', [id]);
  });
}

const placesOf = (hostIds: readonly string[]) => (hostIds.length === 0 ? 'all' : hostIds);
