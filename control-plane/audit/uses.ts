import type { Services } from '../context.ts';
import type { Loop } from '../loops/index.ts';
import { recordAudit } from './record.ts';
import { addUse, firstEntry, newTally, restEntry, type By, type Tally, type Use } from './tally.ts';
import { findTeamOfSandbox } from './use-store.ts';

/** Notes a use. Answers a promise as long as the row that says so is not written. */
export type NoteUse = (by: By, use: Use) => Promise<void> | undefined;

/** Writes down what is read and used too often for a row each. */
export interface UseLog {
  readonly note: NoteUse;
  readonly loop: Loop;
  /** Writes down what is not written yet. */
  close(): Promise<void>;
}

const minuteMs = 60_000;
const lookEveryMs = 5_000;

/**
 * The first use of a caller, credential, address, action and target within a minute is a row at once; those that follow
 * within it are one more row together, with their number. A replica that dies loses that number, never the first row.
 */
export function openUseLog({ pool, log, clock }: Pick<Services, 'pool' | 'log' | 'clock'>): UseLog {
  const open = new Map<string, Tally>();
  let over: Tally[] = [];

  const writeFirst = async (key: string, tally: Tally): Promise<void> => {
    const { by, use } = tally;
    try {
      tally.teamId = use.teamId ?? (await findTeamOfSandbox(pool, use.target));
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
    note(by, use) {
      const { kind, actor, credentialId } = by.caller;
      if (kind === 'anonymous' || kind === 'system' || kind === 'host') return undefined;
      const key = [actor, credentialId, by.origin.address, use.action, use.target].join(' ');
      const now = clock.now();
      const known = open.get(key);
      if (known && known.endsAt > now) {
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
        end(({ endsAt }) => endsAt <= clock.now());
        return { rows: await writeRest() };
      },
    },
    async close() {
      end(() => true);
      await writeRest();
    },
  };
}
