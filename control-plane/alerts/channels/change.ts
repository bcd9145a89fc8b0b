import type { Secret } from '#contract/secret.ts';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import { newId, violatesUnique, type Sql } from '../../database/index.ts';
import { invalidField, nameTaken, notFound, wrongState } from '../../errors.ts';
import { mailSettings } from '../../mail/index.ts';
import { checkOutgoing, OutgoingFailure } from '../../outgoing/index.ts';
import { makeSigningSecret, sealTarget, shownTarget, unsealTarget, type Target } from './channel.ts';
import { deleteChannel, insertChannel, lockChannel, renameChannel, writeTarget } from './store.ts';

/** Where somebody wants a channel to lead. */
export type WantedTarget =
  | { readonly kind: 'webhook' | 'slack'; readonly url: string }
  | { readonly kind: 'mail'; readonly addresses: readonly string[] };

/** Makes a channel. Answers its id, and the secret that a webhook's messages are signed with. */
export async function createChannel(
  context: Context,
  name: string,
  wanted: WantedTarget,
): Promise<{ id: string; secret: Secret | undefined }> {
  await checkWanted(context, wanted);
  const id = newId('chan');
  const secret = wanted.kind === 'webhook' ? makeSigningSecret() : undefined;
  const target = targetOf(wanted, secret?.reveal() ?? '');
  await inNamedTransaction(context, name, async (sql) => {
    const createdBy = context.caller.actor;
    await insertChannel(sql, { id, name, kind: target.kind, createdBy, ...stored(context, id, target) });
    const after = { name, kind: target.kind, target: shownTarget(target) };
    await recordAudit(sql, context, { action: 'alert_channel.create', target: id, after });
  });
  return { id, secret };
}

export interface ChannelChange {
  readonly name: string | undefined;
  readonly target: WantedTarget | undefined;
  readonly rotateSecret: boolean;
}

/** Changes a channel; answers the new secret where one was made. A new address keeps the secret. */
export async function updateChannel(context: Context, id: string, change: ChannelChange): Promise<Secret | undefined> {
  const { name, target: wanted, rotateSecret } = change;
  if (wanted) await checkWanted(context, wanted);
  const secret = rotateSecret ? makeSigningSecret() : undefined;
  await inNamedTransaction(context, name ?? '', async (sql) => {
    const before = await lockChannel(sql, id);
    if (!before) throw notFound('channel');
    if (wanted && wanted.kind !== before.kind)
      throw invalidField('target', `It is a ${before.kind} channel: make a new one for another kind.`);
    if (rotateSecret && before.kind !== 'webhook')
      throw invalidField('rotate_secret', 'rotate_secret: only webhooks are signed.');
    if (name !== undefined) await renameChannel(sql, id, name);
    let shown = before.target;
    if (wanted || secret) {
      const old = unsealTarget(context, id, before.sealed);
      const kept = old.kind === 'webhook' ? old.secret : '';
      const target = targetOf(wanted ?? old, secret?.reveal() ?? kept);
      shown = shownTarget(target);
      await writeTarget(sql, id, stored(context, id, target));
    }
    await recordAudit(sql, context, {
      action: 'alert_channel.update',
      target: id,
      before: { name: before.name, target: before.target },
      after: {
        name: name ?? before.name,
        target: shown,
        ...(wanted && { address: 'changed' }),
        ...(secret && { secret: 'changed' }),
      },
    });
  });
  return secret;
}

/** Removes a channel; what waits for it is given up. */
export function removeChannel(context: Context, id: string): Promise<void> {
  return context.transaction(async (sql) => {
    const before = await lockChannel(sql, id);
    if (!before) throw notFound('channel');
    await deleteChannel(sql, id);
    const { name, kind, target } = before;
    await recordAudit(sql, context, { action: 'alert_channel.delete', target: id, before: { name, kind, target } });
  });
}

/** Throws where it may not lead there, or cannot. */
async function checkWanted(context: Context, wanted: WantedTarget): Promise<void> {
  if (wanted.kind === 'mail') {
    if (await mailSettings(context)) return;
    throw wrongState('This installation sends no mail.', 'Configure a mail server first: MUSTER_SMTP_URL.');
  }
  try {
    await checkOutgoing(context, parseUrl(wanted.url));
  } catch (error) {
    if (error instanceof OutgoingFailure) throw urlRefused(error.message);
    throw error;
  }
}

const urlRefused = (why: string) => invalidField('url', why, Reason.URL_NOT_ALLOWED);

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw urlRefused('Give an address that begins with https://.');
  if (url.username !== '' || url.password !== '')
    throw urlRefused('Leave user name and password out of the address: messages are signed instead.');
  return url;
}

const targetOf = (wanted: WantedTarget, secret: string): Target => {
  if (wanted.kind === 'mail') return { kind: 'mail', addresses: wanted.addresses };
  // As parsed: what was checked is what is used.
  const { href } = parseUrl(wanted.url);
  return wanted.kind === 'webhook' ? { kind: 'webhook', url: href, secret } : { kind: 'slack', url: href };
};

const stored = (context: Context, id: string, target: Target) => ({
  target: shownTarget(target),
  sealed: sealTarget(context, id, target),
  recipients: target.kind === 'mail' ? target.addresses : [],
});

async function inNamedTransaction(context: Context, name: string, work: (sql: Sql) => Promise<void>): Promise<void> {
  try {
    await context.transaction(work);
  } catch (error) {
    if (violatesUnique(error, 'alert_channels_name_key'))
      throw nameTaken('name', `There is a channel called “${name}” already.`);
    throw error;
  }
}
