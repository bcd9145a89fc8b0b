import type { Services } from '../context.ts';
import type { Loop } from '../loops/index.ts';
import { countDenials } from './denials.ts';
import { recordAudit } from './record.ts';
import { addUse, firstEntry, newTally, restEntry, type By, type Tally, type Use } from './tally.ts';
import { findTeamOfSandbox } from './use-store.ts';

/** Notes a use, or a denied attempt. Answers a promise as long as the row that says so is not written. */
export type NoteUse = (by: By, use: Use) => Promise<void> | undefined;

/** Writes down what is read, used and tried too often for a row each. */
export interface UseLog {
  readonly note: NoteUse;
  readonly loop: Loop;
  /** Writes down what is not written yet. */
  close(): Promise<void>;
}

const minuteMs = 60_000;
const lookEveryMs = 5_000;

/**
 * The first use of a caller, credential, address, action, target and outcome within a minute is a row at once; those that
 * follow within it are one more row together, with their number. Each replica counts for itself, so none waits for another.
 * A replica that dies loses that number, never the first row.
 */
export function openUseLog({ pool, log, clock }: Pick<Services, 'pool' | 'log' | 'clock'>): UseLog {
  const open = new Map<string, Tally>();
  const denials = countDenials(minuteMs);
  let over: Tally[] = [];

  const writeFirst = async (key: string, tally: Tally): Promise<void> => {
    const { by, use } = tally;
    try {
      tally.teamId = use.teamId === undefined ? await findTeamOfSandbox(pool, use.target) : use.teamId;
      await recordAudit(pool, by, firstEntry(tally));
      tally.writing = undefined;
    } catch (error) {
      // The next use tries again.
      if (open.get(key) === tally) open.delete(key);
      throw error;
    }
  };

  const writeRest = async (): Promise<number> => {
    const due = over.filter(({ more }) => more > 0);
    over = [];
    let rows = 0;
    for (const tally of due) {
      try {
        await tally.writing;
        await recordAudit(pool, tally.by, restEntry(tally));
        rows += 1;
      } catch (error) {
        const { use, more } = tally;
        log.error({ err: error, action: use.action, times: more }, 'uses could not be written to the audit');
      }
    }
    return rows;
  };

  const end = (isOver: (tally: Tally) => boolean) => {
    for (const [key, tally] of open) {
      if (!isOver(tally)) continue;
      open.delete(key);
      over.push(tally);
    }
  };

  return {
    note(by, asked) {
      const { kind } = by.caller;
      if (kind === 'anonymous' || kind === 'system') return undefined;
      const now = clock.now();
      const use = isOpen(open.get(keyOf(by, asked)), now) ? asked : denials.fold(by, asked, now);
      const key = keyOf(by, use);
      const known = open.get(key);
      if (isOpen(known, now)) {
        addUse(known, use);
        return known.writing;
      }
      if (known) over.push(known);
      const tally = newTally(by, use, now + minuteMs);
      open.set(key, tally);
      tally.writing = writeFirst(key, tally);
      return tally.writing;
    },
    loop: {
      name: 'audit.uses',
      everyMs: lookEveryMs,
      singleton: false,
      async run() {
        const now = clock.now();
        denials.sweep(now);
        end((tally) => !isOpen(tally, now));
        return { rows: await writeRest() };
      },
    },
    async close() {
      end(() => true);
      await writeRest();
    },
  };
}

const keyOf = ({ caller, origin }: By, { action, target, teamId, denied }: Use): string =>
  JSON.stringify([caller.actor, caller.credentialId, origin.address, action, target, teamId, denied]);

const isOpen = (tally: Tally | undefined, now: number): tally is Tally => tally !== undefined && tally.endsAt > now;
