import type { Context } from '../../context.ts';
import type { Mirrors } from '../git/mirrors.ts';
import { firstOf } from '../waiting.ts';
import { lookAt, type Look } from './look.ts';
import { findRepository, readRepositories, type HeadSourceName, type Repository } from './store.ts';

interface Watched {
  /** When to look next, on this process's own clock. */
  dueAtMs: number;
  endedMs: number;
  /** The newest head when it was last looked for. */
  headId: string | null | undefined;
  looking: Promise<void> | undefined;
  /** A push was told of: a look follows the one that is under way. */
  triggered: boolean;
}

/** Looks at all repositories again and again: at paths of this machine often, at others now and then. */
export interface Lookout {
  /** Starts what is due; answers when that is done or the next round is near. */
  round(context: Context): Promise<{ looking: number }>;
  /** Looks at once, or joins the look that is under way. Never throws: what went wrong is recorded. */
  look(context: Context, repository: Repository): Promise<void>;
  /** The same, but a look that began before counts for nothing: the branch may have moved since. */
  lookAnew(context: Context, repository: Repository): Promise<void>;
  /** Looks soon, since a host runs a commit that nobody has seen yet. */
  hasten(context: Context, repository: Repository): void;
  /** Looks at once, and anew where a look is under way: it may have asked before what happened now. */
  trigger(context: Context, repository: Pick<Repository, 'id'>, reason: HeadSourceName): void;
  close(): Promise<void>;
}

const jitter = 0.2;
/** Commits that nobody knows make it look no more often than this: a host can name any number of them. */
const leastPauseMs = 10_000;

export function openLookout(
  mirrors: Mirrors,
  brought: (repositoryId: string) => void,
  pauses = { leastMs: leastPauseMs },
): Lookout {
  const watched = new Map<string, Watched>();
  const closing = new AbortController();

  const watch = (id: string): Watched => {
    const found = watched.get(id) ?? {
      dueAtMs: 0,
      endedMs: -Infinity,
      headId: undefined,
      looking: undefined,
      triggered: false,
    };
    watched.set(id, found);
    return found;
  };

  const lookOnce = async (
    context: Context,
    repository: Repository,
    entry: Watched,
    reason: HeadSourceName,
  ): Promise<void> => {
    entry.headId = repository.headId;
    let result: Look | undefined;
    try {
      result = await lookAt({ ...context, signal: closing.signal }, mirrors.of(repository), repository, reason);
    } catch (error) {
      if (!closing.signal.aborted)
        context.log.warn({ err: error, repository: repository.name }, 'a look at a repository failed');
    }
    entry.endedMs = performance.now();
    entry.dueAtMs = result?.overtaken ? 0 : entry.endedMs + pauseMs(context, repository);
    if (result?.brought) brought(repository.id);
  };

  const look = (context: Context, repository: Repository, reason: HeadSourceName = 'poll'): Promise<void> => {
    if (repository.published) return Promise.resolve();
    const entry = watch(repository.id);
    entry.looking ??= lookOnce(context, repository, entry, reason).finally(() => (entry.looking = undefined));
    return entry.looking;
  };

  const isDue = (repository: Repository): boolean => {
    const { dueAtMs, headId, looking } = watch(repository.id);
    if (looking || repository.published) return false;
    // Another replica has seen a head that this one's mirror may lack.
    return dueAtMs <= performance.now() || headId !== repository.headId;
  };

  return {
    async round(context) {
      const repositories = await readRepositories(context.sql);
      for (const id of watched.keys()) if (!repositories.some((one) => one.id === id)) watched.delete(id);
      await mirrors.keepOnly(repositories);
      const looks = repositories.filter(isDue).map((repository) => look(context, repository));
      // A slow one holds nobody up: it goes on, and the next round passes it by.
      await firstOf(allOf(looks), context.config.localRepositoryPollMs, context.signal);
      return { looking: looks.length };
    },
    look,
    async lookAnew(context, repository) {
      await watch(repository.id).looking;
      await look(context, repository);
    },
    hasten(context, repository) {
      const entry = watch(repository.id);
      const soonestMs = entry.endedMs + pauses.leastMs;
      if (soonestMs <= performance.now()) void look(context, repository);
      else entry.dueAtMs = Math.min(entry.dueAtMs, soonestMs);
    },
    trigger(context, { id }, reason) {
      const entry = watch(id);
      // Pushes that come while one waits are in the same look.
      if (entry.triggered) return;
      entry.triggered = true;
      const lookAnew = async () => {
        await entry.looking;
        entry.triggered = false;
        const present = await findRepository(context.sql, id);
        if (present && !closing.signal.aborted) await look(context, present, reason);
      };
      void lookAnew().catch((error: unknown) => {
        entry.triggered = false;
        context.log.warn({ err: error, repositoryId: id }, 'a repository could not be looked at after a push');
      });
    },
    async close() {
      closing.abort();
      await Promise.all([...watched.values()].flatMap(({ looking }) => looking ?? []));
    },
  };
}

/** How long after a look the next one is due; `chance` is from 0 to 1, so that many repositories do not come due together. */
export function pauseMs(
  { config }: Pick<Context, 'config'>,
  { url }: Pick<Repository, 'url'>,
  chance = Math.random(),
): number {
  if (url.startsWith('/')) return config.localRepositoryPollMs;
  return config.repositoryPollMs * (1 - jitter + 2 * jitter * chance);
}

const allOf = async (looks: readonly Promise<void>[]): Promise<void> => void (await Promise.all(looks));
