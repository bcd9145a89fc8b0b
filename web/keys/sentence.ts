import type { ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { keyStateOf } from './states.ts';

/** The keys in one sentence: how many work, and what should be looked at. */
export function keysSentence(keys: readonly ApiKey[], nowMs: number): string {
  const count = (state: string) => keys.filter((key) => keyStateOf(key, nowMs) === state).length;
  const soon = count('soon');
  const orphaned = count('orphaned');
  const working = count('works') + soon;
  if (keys.length === 0) return 'There are no keys.';
  const facts = [
    soon > 0 && `${soon} ${soon === 1 ? 'ends' : 'end'} within two weeks`,
    orphaned > 0 && `${orphaned} stopped with ${orphaned === 1 ? 'its maker' : 'their makers'}`,
  ].filter((fact) => fact !== false);
  const head = working === 0 ? 'No key works' : working === 1 ? '1 key works' : `${working} keys work`;
  return facts.length === 0 ? `${head}.` : `${head}; ${facts.join(', ')}.`;
}
