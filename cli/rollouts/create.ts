import { randomUUID } from 'node:crypto';
import { CreateRolloutResponseSchema, OfflinePolicy } from '#proto/muster/v1/rollout_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { watchRollout } from './watch.ts';
import { printRollout } from './words.ts';

/** Options of `muster rollouts create`. */
export interface CreateOptions extends SessionOptions {
  readonly repository: string;
  readonly sha?: string;
  readonly host: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  readonly all?: boolean;
  readonly canary?: number;
  readonly batch?: number;
  readonly soak?: { readonly seconds: bigint };
  readonly maxFailures?: number;
  readonly skipOffline?: boolean;
  readonly catchUpFor?: { readonly seconds: bigint };
  readonly verifyWithin?: { readonly seconds: bigint };
  readonly returnOnFailure?: boolean;
  readonly supersede?: boolean;
  readonly includePinned?: boolean;
  readonly reason?: string;
  readonly requestId?: string;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
}

/** Starts a rollout and prints its id; with `--watch` follows it to its end. */
export async function createRollout(
  session: Session,
  components: readonly string[],
  options: CreateOptions,
): Promise<void> {
  const { dryRun = false, watch = false } = options;
  const hostIds = await Promise.all(options.host.map((name) => hostIdOf(session, name)));
  const answer = await session.rollouts.createRollout({
    repository: options.repository,
    components: [...components],
    targetSha: options.sha,
    selection: { hostIds, labels: options.label, all: options.all },
    strategy: {
      canaryHosts: options.canary,
      batchSize: options.batch,
      soak: options.soak,
      maxFailures: options.maxFailures,
      offline: options.skipOffline ? OfflinePolicy.SKIP : OfflinePolicy.CATCH_UP,
      catchUpFor: options.catchUpFor,
      verifyWithin: options.verifyWithin,
      returnOnFailure: options.returnOnFailure,
    },
    supersede: options.supersede,
    includePinned: options.includePinned,
    reason: options.reason,
    dryRun,
    // An answer that is lost on the way is asked for again by the transport.
    requestId: options.requestId ?? randomUUID(),
  });
  if (watch && !dryRun && answer.rollout) return watchRollout(session, answer.rollout.id);
  if (session.json || !answer.rollout) return printJson(session.stdout, CreateRolloutResponseSchema, answer);
  if (dryRun) return printRollout(session.stdout, answer.rollout);
  session.stdout.write(`${answer.rollout.id}\n`);
  session.stderr.write(`${answer.rollout.sentence} Follow it: muster rollouts watch ${answer.rollout.id}\n`);
}
