import { randomInt } from 'node:crypto';
import { Code } from '@connectrpc/connect';
import type { Secret } from '#contract/secret.ts';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../database/index.ts';
import { notAllowed, notFound, Refusal } from '../errors.ts';
import { announce, watchChanges } from '../events/index.ts';
import { spend } from '../limits/index.ts';
import {
  approveDeviceLogin,
  decideDeviceLogin,
  findDeviceLogin,
  insertDeviceLogin,
  type DeviceLogin,
} from './device-store.ts';
import { openSession } from './sessions.ts';
import { makeUserToken, userTokenLifeMs } from './user-tokens.ts';

const lifeMs = 10 * 60_000;
/** Letters that are not mistaken for each other; no vowels, so that no words come out. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';

export type DeviceLoginEvent =
  | { readonly kind: 'prompt'; readonly userCode: string; readonly verificationUrl: string; readonly expiresAt: Date }
  | { readonly kind: 'token'; readonly token: Secret; readonly expiresAt: Date };

/** Shows a code, then waits until somebody who is signed in has decided about it, on whichever replica. */
export async function* deviceLogin(context: Context, deviceName: string): AsyncGenerator<DeviceLoginEvent> {
  await spend(context, 'device_login');
  const { id, userCode, expiresAt } = await insertWithFreeCode(context, deviceName.trim() || 'a command line');
  yield { kind: 'prompt', userCode, verificationUrl: `${context.publicUrl}/device?code=${userCode}`, expiresAt };
  yield { kind: 'token', ...(await tokenOf(context, await decision(context, id))) };
}

/** Approves or refuses a command line's sign-in. Approving opens a session for it, which the user sees and can end. */
export function decideDevice(
  context: Context,
  caller: UserCaller,
  { userCode, refuse }: { userCode: string; refuse: boolean },
): Promise<{ deviceName: string }> {
  return context.transaction(async (sql) => {
    const login = await decideDeviceLogin(sql, userCode);
    if (!login) throw notFound('code');
    if (!refuse) {
      const session = await openSession(sql, context, {
        userId: caller.userId,
        userAgent: login.deviceName,
        how: 'device',
      });
      await approveDeviceLogin(sql, login.id, { userId: caller.userId, sessionId: session.id });
    }
    await recordAudit(sql, context, {
      action: refuse ? 'device.refuse' : 'device.approve',
      target: login.id,
      after: { deviceName: login.deviceName },
    });
    await announce(sql, 'device', [login.id]);
    return { deviceName: login.deviceName };
  });
}

async function insertWithFreeCode({ sql }: Context, deviceName: string) {
  for (;;) {
    const [id, userCode] = [newId('device'), newUserCode()];
    const [row] = await insertDeviceLogin(sql, { id, userCode, deviceName, lifeMs });
    if (row) return { id, userCode, expiresAt: row.expiresAt };
  }
}

/** Waits for the decision. The keep-alives of the watch are the moments at which the end of the code is noticed. */
async function decision(context: Context, id: string): Promise<DeviceLogin> {
  for await (const _ of watchChanges(context.bus, ['device'], context.signal, (change) => change.id === id)) {
    const login = await findDeviceLogin(context.sql, id);
    if (login?.decided) return login;
    if (!login || login.remainingMs <= 0) {
      throw new Refusal(Code.DeadlineExceeded, Reason.DEADLINE, 'Nobody approved the code in time.', {
        help: 'Start the sign-in again.',
      });
    }
  }
  throw context.signal.reason;
}

async function tokenOf(context: Context, { userId, sessionId }: DeviceLogin) {
  if (userId === null || sessionId === null) throw notAllowed('The sign-in was refused in the console.');
  return makeUserToken(context, { userId, sessionId, lifetimeMs: userTokenLifeMs.device });
}

const newUserCode = () =>
  Array.from({ length: 8 }, () => letters[randomInt(letters.length)])
    .join('')
    .replace(/^.{4}/, '$&-');
