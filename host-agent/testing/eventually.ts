import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until the answer is true or something; fails with what was expected. */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  withinMs = 60_000,
): Promise<NonNullable<T>> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > endsAt) throw new Error(`It never happened: ${what}.`);
    await delay(10);
  }
}
