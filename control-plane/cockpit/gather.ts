import { CockpitChangeKind } from '#proto/muster/v1/cockpit_pb.js';
import type { UserCaller } from '../access/index.ts';
import { teamNews, type TeamNews } from '../audit/index.ts';
import type { Sql } from '../database/index.ts';
import { notAllowed } from '../errors.ts';
import { componentNews, type ComponentNews } from '../fleet/index.ts';
import { sandboxNews, type SandboxNews } from '../sandboxes/index.ts';
import type { Change } from './change.ts';
import { changeOf, toldActions } from './sentences.ts';
import { findVisit } from './visit-store.ts';

/** What changed for a user in a team. */
export interface Cockpit {
  readonly teamId: string;
  readonly sinceMicros: string;
  readonly visit: string;
  /** Newest first. */
  readonly changes: readonly Change[];
  readonly more: boolean;
}

const mostTold = 50;
const mostEvents = 1_000;
/** What a user asks of a sandbox has happened within this time, with all that follows from it. */
const followsWithinMicros = 120_000_000n;
/** What they may ask of one. */
const sandboxActs = ['create', 'pause', 'resume', 'stop', 'start', 'renew', 'destroy', 'fork'].map(
  (act) => `sandbox.${act}`,
);

/** What changed since the caller's last visit. What they did themselves is left out: it is no news to them. */
export async function gatherCockpit(sql: Sql, caller: UserCaller, teamId: string): Promise<Cockpit> {
  const seen = await findVisit(sql, caller.userId, teamId);
  if (!seen) throw notAllowed('Only members of a team are told what changes in it.');
  const asked = { teamId, afterMicros: seen.untilMicros };
  const [events, news, components] = await Promise.all([
    sandboxNews(sql, { ...asked, limit: mostEvents }),
    teamNews(sql, { ...asked, actions: [...toldActions, ...sandboxActs] }),
    componentNews(sql, { ...asked, limit: mostTold + 1 }),
  ]);
  const isOwn = ({ actor }: TeamNews) => actor === caller.actor;
  const changes = [
    ...sandboxChanges(
      events,
      news.filter(({ action }) => sandboxActs.includes(action)),
      caller.actor,
    ),
    ...news.filter((one) => !isOwn(one)).flatMap((one) => changeOf(one) ?? []),
    ...components.map(componentChange),
  ].sort((one, other) => Number(BigInt(other.atMicros) - BigInt(one.atMicros)));
  return {
    teamId,
    sinceMicros: seen.untilMicros,
    visit: seen.visit,
    changes: changes.slice(0, mostTold),
    more: changes.length > mostTold || events.length === mostEvents,
  };
}

/** The last of each sandbox that does not follow from what the caller asked of it. That it failed or is missing is always news. */
function sandboxChanges(events: readonly SandboxNews[], acts: readonly TeamNews[], actor: string): Change[] {
  const actsOn = Map.groupBy(acts, ({ target }) => target);
  /** What it follows from: the last act before it, if that was not long ago. */
  const causeOf = ({ sandboxId, atMicros }: SandboxNews) =>
    actsOn.get(sandboxId)?.find((act) => {
      const after = BigInt(atMicros) - BigInt(act.atMicros);
      return after >= 0n && after <= followsWithinMicros;
    });
  const told = new Map<string, Change>();
  for (const event of events) {
    const { id, sandboxId, name, atMicros, label, reason, observed } = event;
    const cause = causeOf(event);
    const isTrouble = observed === 'failed' || observed === 'missing';
    if (told.has(sandboxId) || (!isTrouble && cause?.actor === actor)) continue;
    const by = isTrouble ? '' : (cause?.actorName ?? '');
    // Where somebody asked for it, its reason says no more than that.
    const why = by !== '' || reason === '' ? '' : ` ${reason}`;
    told.set(sandboxId, {
      key: `sandbox ${id}`,
      atMicros,
      kind: CockpitChangeKind.SANDBOX,
      subject: sandboxId,
      sentence: `${name || sandboxId} is ${label.toLowerCase()}.${why}`,
      by,
    });
  }
  return [...told.values()];
}

function componentChange(news: ComponentNews): Change {
  const { id, hostId, hostName, component, runningSha, diskSha, dirty, atMicros } = news;
  const what = runningSha === '' ? `has ${short(diskSha)} on disk` : `runs ${short(runningSha)}`;
  return {
    key: `component ${id}`,
    atMicros,
    kind: CockpitChangeKind.MACHINE,
    subject: hostId,
    sentence: `${component} on ${hostName} ${what}${dirty ? ', with changes that are in no commit' : ''}.`,
    by: '',
  };
}

const short = (sha: string): string => (sha === '' ? 'an unknown commit' : sha.slice(0, 7));
