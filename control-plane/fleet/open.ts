import { join } from 'node:path';
import type { ConnectRouter } from '@connectrpc/connect';
import { systemContext, type Context, type Services } from '../context.ts';
import type { Loop } from '../loops/index.ts';
import type { Bridge } from '../server/index.ts';
import type { CommitFacts } from './git/commits.ts';
import { openMirrors } from './git/mirrors.ts';
import { openLiveFleet } from './live/live.ts';
import { settleFuture } from './future.ts';
import { registerFleetMetrics } from './metrics.ts';
import { endPins } from './pins/pin.ts';
import { openRenderer } from './render.ts';
import { openLookout } from './repositories/lookout.ts';
import { triggerOf } from './repositories/methods.ts';
import { findRepositoryByName, type Repository } from './repositories/store.ts';
import { webhookBridge } from './webhooks/bridge.ts';
import { fleetRoutes } from './rpc.ts';
import { standingsLoop } from './standings/sample.ts';
import { openSurvey } from './survey.ts';
import type { FleetView } from './views.ts';

/** The fleet as one replica sees it: its mirrors, what git told it, the view that its watchers share. */
export interface Fleet {
  routes(router: ConnectRouter): void;
  readonly loops: readonly Loop[];
  /** Where forges tell of pushes. */
  readonly webhooks: Bridge;
  /** All hosts, judged now. */
  read(context: Context): Promise<FleetView>;
  /** The same in parts, against the same heads: at least one. */
  readInParts(context: Context): AsyncGenerator<FleetView>;
  /** A registered repository by its name. */
  findRepository(context: Context, name: string): Promise<Repository | undefined>;
  /** A commit of a repository, as far as this replica's copy has it. */
  findCommit(context: Context, repository: Repository, sha: string): Promise<CommitFacts | undefined>;
  /** Whether a repository has a commit; looks anew where it is not known. */
  hasCommit(context: Context, repository: Repository, sha: string): Promise<boolean>;
  /** Stops git, and waits until it has ended. */
  close(): Promise<void>;
}

export function openFleet(services: Services): Fleet {
  const { config, log } = services;
  const mirrors = openMirrors(join(config.dataDir, 'mirrors'));
  const lookout = openLookout(mirrors, () => live.refresh());
  const trigger = triggerOf(systemContext(services, new AbortController().signal), lookout);
  const survey = openSurvey(log, mirrors, lookout);
  const live = openLiveFleet(services, survey);
  const render = openRenderer();
  registerFleetMetrics(services, survey);
  return {
    routes: (router) => fleetRoutes(router, survey, live, render, trigger),
    read: (context) => survey.read(context),
    readInParts: (context) => survey.readInParts(context),
    findRepository: ({ sql }, name) => findRepositoryByName(sql, name),
    findCommit: async (context, repository, sha) => (await survey.commits(context, repository, [sha])).commits.get(sha),
    hasCommit: (context, repository, sha) => survey.seekCommit(context, repository, sha),
    webhooks: webhookBridge(services, trigger),
    loops: [
      {
        name: 'fleet.repositories',
        everyMs: Math.min(config.localRepositoryPollMs, config.repositoryPollMs),
        wakeOn: ['repository'],
        // Every replica keeps mirrors of its own; recording a head takes the repository's lock.
        singleton: false,
        run: (context) => lookout.round(context),
      },
      standingsLoop(survey),
      { name: 'fleet.pins', everyMs: 60_000, singleton: true, run: endPins },
      { name: 'fleet.future', everyMs: 30_000, singleton: true, run: settleFuture },
    ],
    async close() {
      live.close();
      await lookout.close();
    },
  };
}
