import type { Context } from '../context.ts';
import { isTrusted, type Attested, type Thresholds } from './facts.ts';
import { BoundedMap } from './git/bounded-map.ts';
import { openHistory } from './git/history.ts';
import type { Mirrors } from './git/mirrors.ts';
import { inTurns } from './in-turns.ts';
import {
  commitView,
  judgeOf,
  knowledgeOf,
  namedCommits,
  type HostRead,
  type Knowledge,
  type Lineages,
} from './judge.ts';
import { readPins, type Pin } from './pins/store.ts';
import { readAttested, readKeys } from './provenance/store.ts';
import type { Report } from './report.ts';
import type { Lookout } from './repositories/lookout.ts';
import { findHeadPlaces, hasHadHead, listHeads, readRepositories, type Repository } from './repositories/store.ts';
import { readHostIds, readHosts, readNow, readReports } from './store.ts';
import { publishedLineages } from './repositories/published-lineage.ts';
import { firstOf } from './waiting.ts';
import type { FleetView, RepositoryView } from './views.ts';

/** Reads reports and heads from the database, asks git about them, and judges. */
export interface Survey {
  /** All hosts, or these. */
  read(context: Context, hostIds?: readonly string[]): Promise<FleetView>;
  /** All hosts in parts of so many, against the same heads: a large fleet is never in memory as a whole. At least one part. */
  readInParts(context: Context, atOnce?: number): AsyncGenerator<FleetView>;
  /** The same hosts with the same reports, held against the heads as they are now: what they said is not read again. */
  readAnew(context: Context, view: FleetView): Promise<FleetView>;
  /** Repositories with their heads. */
  describe(context: Context, repositories: readonly Repository[]): Promise<RepositoryView[]>;
  /** What is known of these commits of a repository. */
  commits(context: Context, repository: Repository, shas: readonly string[]): Promise<Knowledge>;
  /** How these commits stand to one that is not the head. Undefined where this replica's copy does not have it. */
  against(context: Context, repository: Repository, target: string, shas: readonly string[]): Promise<Lineages>;
  /** Where a branch is, as far as this replica's copy knows. */
  branchHead(repository: Repository, branch: string): string | undefined;
  /** Asks the repository itself where its branches are; waits a bounded time for the answer. */
  lookNow(context: Context, repository: Repository): Promise<void>;
  /** Whether the repository has this commit, as far as is known here: on any branch; where CI tells the heads, as one of them. */
  hasCommit(context: Context, repository: Repository, sha: string): Promise<boolean>;
  /** The same, but looks anew where it is not known. */
  seekCommit(context: Context, repository: Repository, sha: string): Promise<boolean>;
}

/** A head that was not confirmed for so long is not relied on any more. */
export const headTrustedMs = 300_000;
/** How many of the past heads are looked through for the moment since when a commit is behind. */
const headsLookedThrough = 200;
/** A head that another replica has just seen is fetched before the answer, if that is quick. */
const catchUpMs = 1_000;
/** Where somebody waits for what the repository itself says. */
const lookMs = 10_000;
const rememberedStrangers = 10_000;
/** Enough that a part is worth its statements, few enough that it is soon forgotten again. */
const hostsInPart = 1_000;

/** Where polls are rare, a head stays good for a few of them. */
export const thresholdsOf = ({ config }: Pick<Context, 'config'>): Thresholds => ({
  staleAfterMs: config.staleAfterMs,
  headTrustedMs: Math.max(headTrustedMs, 3 * config.repositoryPollMs),
});

export function openSurvey(log: Context['log'], mirrors: Mirrors, lookout: Lookout): Survey {
  const history = openHistory(log);
  /** Heads that were waited for: once each. */
  const awaited = new BoundedMap<string, true>(rememberedStrangers);
  /** Commits that nobody has pushed yet, as far as we know: looked for once each. */
  const strangers = new BoundedMap<string, true>(rememberedStrangers);

  const published = async ({ sql }: Context, repository: Repository, target: string, shas: readonly string[]) =>
    publishedLineages(await findHeadPlaces(sql, repository, [target, ...shas]), target, shas);

  const lineagesOf = async (context: Context, repository: Repository, shas: readonly string[]) => {
    const { headId, headSha: target } = repository;
    if (headId === null || target === null) return undefined;
    if (repository.published) return published(context, repository, target, shas);
    const mirror = mirrors.of(repository);
    const question = {
      headId,
      target,
      shas,
      heads: () => listHeads(context.sql, repository, undefined, headsLookedThrough),
    };
    const found = await history.lineages(mirror, question, context.signal);
    if (found || awaited.get(headId)) return found;
    awaited.set(headId, true);
    await firstOf(lookout.look(context, repository), catchUpMs, context.signal);
    return history.lineages(mirror, question, context.signal);
  };

  const against = async (context: Context, repository: Repository, target: string, shas: readonly string[]) => {
    if (repository.published) return published(context, repository, target, shas);
    return history.lineages(
      mirrors.of(repository),
      {
        headId: `${repository.id}@${target}`,
        target,
        shas,
        // Nobody asks since when it has been so: no branch has ever been there.
        heads: async () => [{ sha: target, observedAt: new Date(0) }],
      },
      context.signal,
    );
  };

  const lookNow = (context: Context, repository: Repository) =>
    firstOf(lookout.lookAnew(context, repository), lookMs, context.signal);

  const commitsOf = (context: Context, repository: Repository, shas: readonly string[]) =>
    history.commits(mirrors.of(repository), shas, context.signal);

  const hasCommit = async (context: Context, repository: Repository, sha: string) =>
    repository.published
      ? hasHadHead(context.sql, repository, sha)
      : (await commitsOf(context, repository, [sha])).has(sha);

  const learn = async (
    context: Context,
    repository: Repository,
    reports: readonly Report[],
    held: Held = new Map(),
  ): Promise<Knowledge> => {
    const { running, shown } = namedCommits(reports);
    const lineages = await lineagesOf(context, repository, running);
    for (const [sha, { kind }] of lineages ?? []) {
      if (kind !== 'unknown' || strangers.get(`${repository.id}:${sha}`)) continue;
      strangers.set(`${repository.id}:${sha}`, true);
      if (!repository.published) lookout.hasten(context, repository);
    }
    const pinned = await Promise.all(
      [...held].map(
        async ([sha, its]) => [sha, await against(context, repository, sha, namedCommits(its).running)] as const,
      ),
    );
    const commits = await commitsOf(context, repository, [...shown, ...held.keys(), repository.headSha ?? []].flat());
    const attested = await attestedOf(context, repository, reports);
    return knowledgeOf(repository, { lineages, pinned: new Map(pinned), commits, attested });
  };

  const toView = async (context: Context, known: Knowledge, now: Date): Promise<RepositoryView> => ({
    ...known.repository,
    provenanceKeys: await readKeys(context.sql, known.repository.id),
    head: known.repository.headSha === null ? undefined : commitView(known.repository.headSha, known),
    webhookUrl: `${context.publicUrl}/webhooks/${known.repository.id}`,
    headKnown: known.repository.headSha !== null && isTrusted(known.repository.fetchedAt, now, thresholdsOf(context)),
  });

  const judgeAll = async (
    context: Context,
    now: Date,
    repositories: readonly Repository[],
    told: Told,
  ): Promise<FleetView> => {
    const reports = Map.groupBy([...told.reports.values()].flat(), ({ repository }) => repository);
    const known = await Promise.all(
      repositories.map((repository) =>
        learn(context, repository, reports.get(repository.name) ?? [], heldReports(told, repository)),
      ),
    );
    const thresholds = thresholdsOf(context);
    const judge = judgeOf(new Map(known.map((one) => [one.repository.name, one])), now, thresholds);
    return {
      at: now,
      staleAfterMs: thresholds.staleAfterMs,
      repositories: await Promise.all(known.map((one) => toView(context, one, now))),
      hosts: await inTurns(told.hosts, (host) =>
        judge(host, told.reports.get(host.id) ?? [], told.pins.get(host.id) ?? []),
      ),
    };
  };

  const read = async (
    context: Context,
    hostIds?: readonly string[],
    heads?: readonly Repository[],
  ): Promise<FleetView> => {
    const { sql } = context;
    // The database's clock is read last, so that no report is of the future.
    const [repositories, hosts, reports, pins] = await Promise.all([
      heads ?? readRepositories(sql),
      readHosts(sql, hostIds),
      readReports(sql, hostIds),
      readPins(sql, hostIds),
    ]);
    const readAt = await readNow(sql);
    return judgeAll(context, readAt, repositories, {
      hosts: hosts.map((host) => ({ ...host, readAt })),
      reports: Map.groupBy(reports, ({ hostId }) => hostId),
      pins: Map.groupBy(pins, ({ hostId }) => hostId),
    });
  };

  return {
    read: (context, hostIds) => read(context, hostIds),
    async *readInParts(context, atOnce = hostsInPart) {
      const [ids, heads] = await Promise.all([readHostIds(context.sql), readRepositories(context.sql)]);
      for (let at = 0; at === 0 || at < ids.length; at += atOnce)
        yield await read(context, ids.slice(at, at + atOnce), heads);
    },
    async readAnew(context, view) {
      const repositories = await readRepositories(context.sql);
      const hosts = [...view.hosts.values()];
      return judgeAll(context, await readNow(context.sql), repositories, {
        hosts,
        reports: new Map(hosts.map(({ id, components }) => [id, components.map(({ report }) => report)])),
        pins: new Map(hosts.map(({ id, components }) => [id, components.flatMap(({ pin }) => pin ?? [])])),
      });
    },
    async describe(context, repositories) {
      const now = await readNow(context.sql);
      return Promise.all(
        repositories.map(async (repository) => toView(context, await learn(context, repository, []), now)),
      );
    },
    async commits(context, repository, shas) {
      const commits = await commitsOf(context, repository, shas);
      return knowledgeOf(repository, { lineages: undefined, commits });
    },
    against,
    branchHead: (repository, branch) => mirrors.of(repository).branches?.get(branch),
    lookNow,
    hasCommit,
    async seekCommit(context, repository, sha) {
      if (await hasCommit(context, repository, sha)) return true;
      await lookNow(context, repository);
      return hasCommit(context, repository, sha);
    },
  };
}

/** What CI has signed of the artifacts that are reported. */
async function attestedOf({ sql }: Context, { id }: Repository, reports: readonly Report[]): Promise<Attested> {
  const named = new Set(reports.map(({ artifactSha256 = '' }) => artifactSha256));
  named.delete('');
  const rows = named.size > 0 ? await readAttested(sql, id, [...named]) : [];
  const byArtifact = Map.groupBy(rows, ({ sha256 }) => sha256);
  return new Map([...byArtifact].map(([sha256, its]) => [sha256, new Set(its.map(({ commit }) => commit))]));
}

/** What hosts have said, by their ids, and what holds their components. */
interface Told {
  readonly hosts: readonly HostRead[];
  readonly reports: ReadonlyMap<string, readonly Report[]>;
  readonly pins: ReadonlyMap<string, readonly Pin[]>;
}

/** Reports of pinned components, by the commit that these are pinned at. */
type Held = ReadonlyMap<string, readonly Report[]>;

function heldReports({ reports, pins }: Told, { name }: Repository): Held {
  const held = new Map<string, Report[]>();
  for (const { hostId, component, sha } of [...pins.values()].flat()) {
    const its = reports.get(hostId)?.filter((one) => one.component === component && one.repository === name) ?? [];
    if (its.length > 0) held.set(sha, [...(held.get(sha) ?? []), ...its]);
  }
  return held;
}
