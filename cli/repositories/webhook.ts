import { UpdateRepositoryResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { findRepository } from './find.ts';

/** Options of `muster repositories webhook`. */
export interface WebhookOptions extends SessionOptions {
  readonly remove?: boolean;
}

/** Makes a webhook, or a new secret for it, or removes it. */
export async function changeWebhook(session: Session, nameOrId: string, { remove }: WebhookOptions): Promise<void> {
  const { id, name } = await findRepository(session, nameOrId);
  const answer = await session.fleet.updateRepository({
    repositoryId: id,
    webhook: remove ? { case: 'removeWebhook', value: true } : { case: 'createWebhook', value: true },
  });
  if (session.json) return printJson(session.stdout, UpdateRepositoryResponseSchema, answer);
  if (remove) return void session.stdout.write(`${name} takes no deliveries any more.\n`);
  session.stdout.write(
    `Give this to the forge, for pushes, as application/json:\n  URL     ${answer.repository?.webhook?.url ?? ''}\n  Secret  ${answer.webhookSecret}\nThe secret is shown this once.\n`,
  );
}
