import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until the answer is truthy; fails with the last answer or error after the limit. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  limitMs = 120_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + limitMs;
  for (let last: unknown; ;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      throw new Error(`never happened: ${what} (last: ${last instanceof Error ? last.message : String(last)})`, {
        cause: last,
      });
    await delay(50);
  }
}
