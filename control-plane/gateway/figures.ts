import { isObject } from './asked.ts';

/** What a provider says that a request came to. */
export interface Figures {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Millionths of a US dollar; 0 where it says nothing of that. */
  readonly costMicros: number;
}

/** The figures in an answer or in an event of a stream, wherever providers put them. Undefined where there are none that make sense. */
export function figuresIn(answer: Readonly<Record<string, unknown>>): Figures | undefined {
  const choice: unknown = Array.isArray(answer['choices']) ? answer['choices'][0] : undefined;
  const own = isObject(answer['x_groq']) ? answer['x_groq']['usage'] : undefined;
  const usage = answer['usage'] ?? own ?? (isObject(choice) ? choice['usage'] : undefined);
  if (!isObject(usage)) return undefined;
  const total = tokens(usage['total_tokens']);
  const completionTokens = tokens(usage['completion_tokens']) ?? 0;
  const promptTokens = tokens(usage['prompt_tokens']) ?? (total === undefined ? undefined : total - completionTokens);
  if (promptTokens === undefined || promptTokens < 0) return undefined;
  // Where a model's thinking is counted apart, only the total has it.
  const rest = Math.max(0, (total ?? 0) - promptTokens - completionTokens);
  return { promptTokens, completionTokens: completionTokens + rest, costMicros: micros(usage['cost']) };
}

/** More than any request comes to: a figure beyond is a mistake. */
const mostTokens = 1_000_000_000;
const mostDollars = 1_000_000;

const tokens = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens ? value : undefined;

const micros = (value: unknown): number =>
  typeof value === 'number' && value >= 0 && value <= mostDollars ? Math.round(value * 1_000_000) : 0;
