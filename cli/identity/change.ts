import {
  PauseIdentityResponseSchema,
  ResumeIdentityResponseSchema,
  RevokeIdentityResponseSchema,
} from '#proto/muster/v1/identity_pb.js';
import { dryRunOf, type MutationOptions } from '../mutation/confirm.ts';
import { printJson } from '../output/json.ts';
import type { Session } from '../session/session.ts';
import { identityIdOf, type TeamOptions } from './find.ts';
import { sayWaiting } from './words.ts';

/** Options of commands that change an identity. */
export type ChangeOptions = TeamOptions & MutationOptions;

/** Stops an identity until it is resumed. */
export async function pauseIdentity(session: Session, nameOrId: string, options: ChangeOptions): Promise<void> {
  const dryRun = dryRunOf(options);
  const identityId = await identityIdOf(session, nameOrId, options);
  const answer = await session.identities.pauseIdentity({ identityId, dryRun });
  if (session.json) return printJson(session.stdout, PauseIdentityResponseSchema, answer);
  session.stdout.write(`${answer.identity?.name} ${dryRun ? 'would be' : 'is'} paused.\n`);
}

/** Lets a paused identity work again. */
export async function resumeIdentity(session: Session, nameOrId: string, options: ChangeOptions): Promise<void> {
  const dryRun = dryRunOf(options);
  const identityId = await identityIdOf(session, nameOrId, options);
  const answer = await session.identities.resumeIdentity({ identityId, dryRun });
  if (session.json) return printJson(session.stdout, ResumeIdentityResponseSchema, answer);
  if (answer.approval) return sayWaiting(session, answer.approval, dryRun);
  session.stdout.write(`${answer.identity?.name} ${dryRun ? 'would work' : 'works'} again.\n`);
}

/** Ends an identity and all its credentials. */
export async function revokeIdentity(session: Session, nameOrId: string, options: ChangeOptions): Promise<void> {
  const dryRun = dryRunOf(options);
  const identityId = await identityIdOf(session, nameOrId, options);
  const answer = await session.identities.revokeIdentity({ identityId, dryRun });
  if (session.json) return printJson(session.stdout, RevokeIdentityResponseSchema, answer);
  session.stdout.write(`${answer.identity?.name} ${dryRun ? 'would be' : 'is'} revoked.\n`);
}
