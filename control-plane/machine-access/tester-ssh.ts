import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { announce } from '../events/index.ts';
import { invalidField, nameTaken, notFound } from '../errors.ts';
import { changedMeanwhile } from '../settings/index.ts';
import { findPerson } from '../users/index.ts';
import { endFrom } from './moments.ts';
import { readPublicKey, type PublicKey } from './public-key.ts';
import { holdAccess, reviseAccess } from './store.ts';
import { findHolder, lockTesterSsh, writeTesterSsh } from './tester-ssh-store.ts';

/** What an admin wants for a person. */
export interface WantedSsh {
  readonly userId: string;
  readonly enabled: boolean;
  /** Undefined: as before. Empty: none. */
  readonly publicKey: string | undefined;
  readonly expiresAt: Timestamp | undefined;
  readonly version: number;
}

const none: PublicKey = { publicKey: '', fingerprint: '' };

/** Turns SSH on or off for a person and manages their key, over the version that was looked at. */
export function setTesterSsh(context: Context, wanted: WantedSsh): Promise<void> {
  const { userId, enabled } = wanted;
  const end = enabled ? endFrom(wanted.expiresAt) : undefined;
  const given = wanted.publicKey === '' ? none : wanted.publicKey && readPublicKey(wanted.publicKey, 'public_key');
  const { actor } = context.caller;
  return context.transaction(async (sql) => {
    await holdAccess(sql);
    if (!(await findPerson(sql, userId))) throw notFound('user');
    const before = await lockTesterSsh(sql, userId, actor);
    if (before.version !== wanted.version) throw changedMeanwhile(before.version, before.updatedBy);
    const key = given || { publicKey: before.publicKey, fingerprint: before.fingerprint };
    if (enabled && key.publicKey === '')
      throw invalidField('public_key', 'SSH needs a key to be turned on: paste the public key of this person.');
    const holder = key.fingerprint === '' ? undefined : await findHolder(sql, key.fingerprint, userId);
    if (holder !== undefined)
      throw nameTaken('public_key', `${holder} has this key: nobody could tell the two apart. Use another one.`);
    const endBefore = before.expiresAt ?? undefined;
    const expiresAt = enabled ? end : endBefore;
    await writeTesterSsh(sql, userId, { enabled, ...key, expiresAt }, actor);
    await recordAudit(sql, context, {
      action: 'tester_ssh.set',
      target: userId,
      before: told({ ...before, expiresAt: endBefore }),
      after: told({ enabled, ...key, expiresAt }),
    });
    await reviseAccess(sql);
    await announce(sql, 'machine_access', [userId]);
  });
}

const told = (ssh: {
  readonly enabled: boolean;
  readonly fingerprint: string;
  readonly expiresAt: Date | undefined;
}) => ({
  enabled: ssh.enabled,
  fingerprint: ssh.fingerprint,
  expiresAt: ssh.expiresAt?.toISOString() ?? 'never',
});
