import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { guessTokens, isObject, parseObject } from './asked.ts';
import { cutEvents, dataOf, EventTooLarge } from './events.ts';
import { bodyOf, GatewayFailure } from './failure.ts';
import { figuresIn, type Figures } from './figures.ts';
import { brokenOff, garbage, silent } from './ask-provider.ts';
import { chunksOf, Silence } from './read-whole.ts';

export interface StreamOptions {
  /** The provider's, for people. */
  readonly title: string;
  /** Whether the client asked for the event that has only the figures. */
  readonly wantsUsage: boolean;
  readonly silentMs: number;
  readonly signal: AbortSignal;
  /** Called with how many tokens have been answered by now, by a guess. Throws where there is no room for them. */
  readonly grow: (tokens: number) => Promise<void>;
}

/** What came through. */
export interface Streamed {
  /** As the provider says; undefined where it did not come to that. */
  readonly figures: Figures | undefined;
  /** How many tokens were answered, by a guess. */
  readonly guessedTokens: number;
}

/**
 * Passes a stream of events on as it comes, byte by byte and as fast as the client takes it, and reads along. What breaks it
 * on the provider's side is told in an event of its own, because the answer has begun by then.
 */
export async function passStream(
  answer: IncomingMessage,
  response: Writable,
  { title, wantsUsage, silentMs, signal, grow }: StreamOptions,
): Promise<Streamed> {
  const cutter = cutEvents();
  let figures: Figures | undefined;
  let guessedTokens = 0;

  const write = async (bytes: Buffer | string) => {
    if (response.write(bytes)) return;
    await once(response, 'drain', { signal });
  };
  const pass = async (event: Buffer) => {
    const data = parseObject(dataOf(event) ?? '');
    const told = data && figuresIn(data);
    if (told) figures = told;
    if (data && told && !wantsUsage && hasNoChoice(data)) return;
    if (data) {
      guessedTokens += guessAnswered(data);
      await grow(guessedTokens);
    }
    await write(event);
  };

  try {
    for await (const chunk of chunksOf(answer, silentMs)) for (const event of cutter.add(chunk)) await pass(event);
    const rest = cutter.rest();
    if (rest.length > 0) await pass(rest);
  } catch (error) {
    // Whoever is still there is told, whether they read it or not.
    const failure = signal.aborted ? brokenOff() : failureOf(title, error);
    if (!response.destroyed) response.write(`data: ${bodyOf(failure)}\n\n`);
  } finally {
    answer.destroy();
  }
  response.end();
  return { figures, guessedTokens };
}

function failureOf(title: string, error: unknown): GatewayFailure {
  if (error instanceof GatewayFailure) return error;
  if (error instanceof Silence) return silent(title);
  if (error instanceof EventTooLarge) return garbage(title);
  return new GatewayFailure(502, 'provider_failed', `${title} broke off in the middle of its answer: try again.`, {
    cause: error,
  });
}

const hasNoChoice = ({ choices }: Readonly<Record<string, unknown>>): boolean =>
  choices === undefined || (Array.isArray(choices) && choices.length === 0);

/** How many tokens an event carries, by a guess: one at least, where it has anything of an answer. */
function guessAnswered({ choices }: Readonly<Record<string, unknown>>): number {
  if (!Array.isArray(choices) || choices.length === 0) return 0;
  const parts = choices.map((choice) => (isObject(choice) ? (choice['delta'] ?? choice['text']) : undefined));
  return Math.max(1, guessTokens(parts));
}
