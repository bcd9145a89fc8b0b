import { setTimeout as delay } from 'node:timers/promises';
import { systemContext, type Context, type Services } from '../../context.ts';
import { announce } from '../../events/index.ts';
import { recordHostAudit } from '../audit.ts';
import { confirmGeneration } from '../enrolment/confirm.ts';
import { doubtfulOf } from './doubtful.ts';
import { proveAgain, type Link } from './link.ts';
import {
  claimConnection,
  findTroubledConnections,
  forgetLostConnections,
  recordRefusedConnection,
  releaseConnection,
  sumConnections,
  type TroubledConnection,
} from './store.ts';

/** A link that is its host's connection. */
interface Held extends Link {
  readonly generation: number;
  /** Moves when the agent proves the connection again. */
  expiresAt: Date;
  /** When it was last asked to; by the clock of the services. */
  askedAt: number;
}

/** The connections that this replica holds: one per host, proven, each with its row. */
export interface HostConnections {
  /** Makes a proven link its host's connection. False, and closed, when a live one of another agent instance is there. */
  hold(link: Link, tokenGeneration: number): Promise<boolean>;
  /** The link of a host, if this replica holds it. */
  get(hostId: string): Link | undefined;
  /** Gives up the rows of connections whose end could not be recorded. */
  forgetLost(context: Context): Promise<{ held: number; forgotten: number }>;
  /** Closes those that were replaced, revoked, whose host was deleted or whose token is over; limits those of quarantined hosts. */
  closeOver(context: Context): Promise<{ closed: string[] }>;
  /** Has those proved again in-band whose token is over soon, so that what goes on over them goes on. */
  renew(context: Context): Promise<{ asked: number; renewed: number }>;
  /** How many there are. */
  readonly size: number;
  /** Closes all, and gives their rows back. */
  close(): Promise<void>;
}

/** How long a held connection may take to show that it lives, when another agent instance wants its place. */
const doubtTimeoutMs = 2_000;

/** Agents renew their tokens at half of a life of 7 days: at this time before the end they have had another one for long. */
const renewWithinMs = 86_400_000;
/** One that could not be renewed is asked again after this. */
const askAgainMs = 600_000;
const mostAskedAtOnce = 100;
/** How many are looked at by one statement: who waits for the database, or for us, waits no longer than for these. */
const lookedAtOnce = 1000;
/** The end of a connection that could not be written down is tried again so often. */
const releaseAgainMs = 500;

/** `answersElsewhere` asks a host over the connection that another replica has to it. */
export function hostConnections(
  services: Services,
  answersElsewhere: (hostId: string, timeoutMs: number) => Promise<boolean>,
): HostConnections {
  const { log, replicaId, clock, pool } = services;
  const held = new Map<string, Held>();
  const releasing = new Set<Promise<void>>();
  let closing = false;

  const release = async (link: Held) => {
    if (held.get(link.hostId) === link) held.delete(link.hostId);
    // Until it is written down: as long as the row stands, it keeps out an agent that was started anew meanwhile.
    for (let attempt = 1; !(await isReleased(link, attempt)); attempt += 1) {
      if (closing) return;
      await delay(releaseAgainMs);
    }
  };

  const isReleased = async (link: Held, attempt: number): Promise<boolean> => {
    try {
      await pool.begin(async (sql) => {
        if (!(await releaseConnection(sql, link))) return;
        await announce(sql, 'host', [link.hostId]);
        await announce(sql, 'connection', [link.hostId]);
      });
      log.info({ hostId: link.hostId }, 'the connection to a host has ended');
      return true;
    } catch (error) {
      if (attempt === 1)
        log.warn({ err: error, hostId: link.hostId }, 'the end of a connection could not be recorded; trying again');
      return false;
    }
  };

  /** The newest one counts, also when an older one was slower to come here. */
  const keep = (link: Held) => {
    const before = held.get(link.hostId);
    const newest = !before || before.generation < link.generation;
    if (newest) held.set(link.hostId, link);
    (newest ? before : link)?.session.close();
    void link.session.ended.then(() => {
      const released = release(link).finally(() => releasing.delete(released));
      releasing.add(released);
    });
  };

  /** A connection of ours that has died unnoticed must not keep a new agent instance out. */
  const dropDead = async ({ hostId, instanceId }: Link) => {
    const before = held.get(hostId);
    if (!before || before.instanceId === instanceId || (await before.session.answers(doubtTimeoutMs))) return;
    before.session.close();
    await release(before);
  };

  /** Told only where the first one lives for certain: what a dead replica or a machine without power left is no second agent. */
  const tellRefused = async (context: Context, { hostId, instanceId }: Link) => {
    if (!held.has(hostId) && !(await answersElsewhere(hostId, doubtTimeoutMs))) return;
    await context.transaction(async (sql) => {
      if (!(await recordRefusedConnection(sql, hostId))) return;
      const reason =
        'A second agent instance of this host tried to connect while the first one is alive: its data directory may have been copied.';
      await recordHostAudit(sql, context, hostId, { action: 'host.connect', outcome: 'denied', reason });
      log.warn({ hostId, instanceId }, 'a second agent instance of a host was refused');
    });
  };

  return {
    async hold(link, tokenGeneration) {
      await dropDead(link);
      const { hostId, instanceId } = link;
      const context = systemContext(services, new AbortController().signal);
      const claim = await context.transaction((sql) => claimConnection(sql, { hostId, replicaId, instanceId }));
      if (!claim) {
        await tellRefused(context, link).finally(() => link.session.close());
        return false;
      }
      keep({ ...link, generation: claim.generation, askedAt: 0 });
      if (closing) {
        link.session.close();
        return false;
      }
      log.info({ hostId, instanceId }, 'a host is connected');
      // After it is held: whoever is woken by this finds it.
      await Promise.all([announce(pool, 'host', [hostId]), announce(pool, 'connection', [hostId])]);
      await confirmGeneration(context, hostId, tokenGeneration);
      return true;
    },

    get: (hostId) => held.get(hostId),

    async forgetLost({ sql }) {
      const forgotten = await forgetLostConnections(sql, replicaId, [...held.keys()]);
      await announce(sql, 'host', forgotten);
      return { held: held.size, forgotten: forgotten.length };
    },

    async closeOver({ sql }) {
      const links = [...held.values()];
      if (links.length === 0) return { closed: [] };
      const doubtful = doubtfulOf(links, await sumConnections(sql, replicaId));
      const troubled = new Map<string, TroubledConnection>();
      for (let at = 0; at < doubtful.length; at += lookedAtOnce)
        for (const one of await findTroubledConnections(sql, doubtful.slice(at, at + lookedAtOnce)))
          troubled.set(one.hostId, one);
      const closed = links.filter((link) => {
        const trouble = troubled.get(link.hostId);
        // Nothing loosens it again: the end of a quarantine ends the epoch, and the connection with it.
        if (trouble && link.limits.now === 'none') link.limits.now = 'nothing new';
        return trouble?.isOver || link.expiresAt.getTime() <= clock.now();
      });
      for (const link of closed) link.session.close();
      return { closed: closed.map(({ hostId }) => hostId) };
    },

    async renew(context) {
      const now = clock.now();
      const soon = now + renewWithinMs;
      const due = [...held.values()]
        .filter(({ expiresAt }) => expiresAt.getTime() > now && expiresAt.getTime() < soon)
        .filter(({ askedAt }) => now - askedAt >= askAgainMs)
        .toSorted((one, other) => one.expiresAt.getTime() - other.expiresAt.getTime())
        .slice(0, mostAskedAtOnce);
      const asked = await Promise.all(
        due.map(async (link) => {
          link.askedAt = now;
          const expiresAt = await proveAgain(context, link).catch((error: unknown) =>
            log.debug({ err: error, hostId: link.hostId }, 'a connection could not be proved again'),
          );
          if (expiresAt) link.expiresAt = expiresAt;
          return expiresAt !== undefined;
        }),
      );
      return { asked: due.length, renewed: asked.filter(Boolean).length };
    },

    get size() {
      return held.size;
    },

    async close() {
      closing = true;
      const ended = [...held.values()].map((link) => {
        link.session.close();
        return link.session.ended;
      });
      await Promise.all(ended);
      // The releases begin right after the ends that were awaited.
      await Promise.resolve();
      await Promise.all(releasing);
    },
  };
}
