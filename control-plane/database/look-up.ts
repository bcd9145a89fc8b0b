import type { Pool, Sql } from './sql.ts';
import { together } from './together.ts';

/** Finds what stands under each of some ids; what is not there is left out. */
export type FindAll<Found> = (sql: Sql, ids: readonly string[]) => Promise<ReadonlyMap<string, Found>>;

/** So many statements of one kind are under way; what is asked meanwhile waits for the next one. */
const statementsAtOnce = 2;
/** One that takes longer does not count any more: nobody else waits because a connection hangs. */
const countsForMs = 100;
const idsAtOnce = 100;

const ofPools = new WeakMap<Pool, Map<unknown, unknown>>();

/**
 * What stands under an id at this moment. What many ask at the same time is asked in one statement, which is sent after the
 * last of them has asked: nobody gets an answer that is older than their question. When it fails, it fails for all of
 * them; ids are therefore of our own making, or checked. `findAll` is one function, not one made for each call.
 */
export function lookUp<Found>(pool: Pool, findAll: FindAll<Found>, id: string): Promise<Found | undefined> {
  let kinds = ofPools.get(pool);
  if (!kinds) ofPools.set(pool, (kinds = new Map()));
  let lookUps = kinds.get(findAll) as LookUps<Found> | undefined; // what is kept under a function is what it finds
  if (!lookUps) kinds.set(findAll, (lookUps = new LookUps((ids) => together(pool, (sql) => findAll(sql, ids)))));
  return lookUps.find(id);
}

/** The condition on an id in a statement of `findAll`: PostgreSQL finds the only one faster where it is told so. */
export const among = (sql: Sql, ids: readonly string[]) =>
  ids.length === 1 ? sql`= ${ids[0]!}` : sql`= any(${ids as string[]}::text[])`;

class LookUps<Found> {
  readonly #findAll: (ids: readonly string[]) => Promise<ReadonlyMap<string, Found>>;
  readonly #waiting = new Map<string, PromiseWithResolvers<Found | undefined>>();
  #underWay = 0;

  constructor(findAll: (ids: readonly string[]) => Promise<ReadonlyMap<string, Found>>) {
    this.#findAll = findAll;
  }

  find(id: string): Promise<Found | undefined> {
    let asked = this.#waiting.get(id);
    if (!asked) this.#waiting.set(id, (asked = Promise.withResolvers()));
    if (this.#underWay < statementsAtOnce) void this.#ask();
    return asked.promise;
  }

  async #ask(): Promise<void> {
    const asked = [...this.#waiting].slice(0, idsAtOnce);
    for (const [id] of asked) this.#waiting.delete(id);
    this.#underWay += 1;
    let counts = true;
    const countOut = () => {
      if (!counts) return;
      counts = false;
      this.#underWay -= 1;
      if (this.#waiting.size > 0) void this.#ask();
    };
    const timer = setTimeout(countOut, countsForMs);
    try {
      const found = await this.#findAll(asked.map(([id]) => id));
      for (const [id, { resolve }] of asked) resolve(found.get(id));
    } catch (error) {
      for (const [, { reject }] of asked) reject(error);
    } finally {
      clearTimeout(timer);
      countOut();
    }
  }
}
