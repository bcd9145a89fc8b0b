import type { Caller } from '../access/index.ts';
import type { Services } from '../context.ts';
import { readKeyCaller } from '../credentials/index.ts';
import { unauthenticated } from '../errors.ts';
import type { Topic } from '../events/index.ts';
import type { StayingCheck } from '../server/request-context.ts';
import { readPersonCaller } from '../sso/index.ts';
import { readUserCaller } from './callers.ts';

/** At the latest after so long a stream's caller is looked at again: for ends that come by time, and for lost notifications. */
const lookEveryMs = 5_000;

/**
 * Looks again and again whether a stream may go on: when a notification says that something about its caller changed, when
 * their token ends, and every few seconds. `end` gets the reason why not. Answers what stops the watch.
 */
export function watchCaller(
  services: Services,
  caller: Caller,
  mayStay: StayingCheck,
  end: (reason: unknown) => void,
): () => void {
  const source = sourceOf(services, caller);
  if (!source) return () => {};
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const untilTokenEnds = () => (source.endsAtMs ?? Infinity) - services.clock.now();
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    unsubscribe();
  };
  const look = async () => {
    let now: Caller | undefined;
    try {
      now = untilTokenEnds() > 0 ? await source.read() : undefined;
    } catch (error) {
      // The database is away: nobody is signed out by that, and the next look comes soon.
      services.log.debug({ err: error }, 'the caller of a stream could not be looked at');
      return;
    }
    if (stopped) return;
    try {
      if (!now) throw unauthenticated();
      await mayStay(now);
    } catch (reason) {
      stop();
      end(reason);
    }
  };
  const lookOften = () => {
    timer = setTimeout(
      () => void look().finally(() => stopped || lookOften()),
      Math.max(0, Math.min(lookEveryMs, untilTokenEnds())),
    );
  };
  const unsubscribe = services.bus.subscribe([...source.topics.keys()], ({ topic, id }) => {
    if (id === '*' || source.topics.get(topic) === id) void look();
  });
  lookOften();
  return stop;
}

/** What tells of a change of a caller, by topic and id, and how they are read. Nothing for hosts: their connections end them. */
interface Source {
  readonly topics: ReadonlyMap<Topic, string | undefined>;
  readonly endsAtMs?: number | undefined;
  read(): Promise<Caller | undefined>;
}

function sourceOf(services: Services, caller: Caller): Source | undefined {
  switch (caller.kind) {
    case 'session':
    case 'user_token': {
      const { kind, credentialId, userId, endsAtMs } = caller;
      const topics = new Map([
        ['session', credentialId],
        ['rights', userId],
      ] as const);
      return { topics, endsAtMs, read: () => readUserCaller(services, kind, credentialId) };
    }
    case 'trusted_header':
    case 'oidc_token': {
      const topics = new Map([['rights', caller.userId]] as const);
      return { topics, endsAtMs: caller.endsAtMs, read: () => readPersonCaller(services, caller) };
    }
    case 'org_key':
    case 'team_key':
    case 'machine_identity': {
      const { credentialId, makerId } = caller;
      const topics = new Map<Topic, string | undefined>([
        ['credential', credentialId],
        ['rights', makerId],
      ]);
      return { topics, read: () => readKeyCaller(services, credentialId) };
    }
    case 'host':
    case 'anonymous':
    case 'system':
      return undefined;
  }
}
