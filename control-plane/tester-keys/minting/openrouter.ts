import { z } from 'zod';
import { Secret } from '#contract/secret.ts';
import type { Context } from '../../context.ts';
import { callOut, OutgoingFailure, type OutgoingRequest } from '../../outgoing/index.ts';
import type { SpendingPeriod } from '../keyring.ts';
import { kindOf, MintFailure } from './failure.ts';

/** What a key may spend. */
export interface Cap {
  readonly limitMicros: number;
  readonly limitPeriod: SpendingPeriod;
}

/** A key as its provider lists it. */
export interface ListedKey extends Cap {
  /** What the provider calls it. */
  readonly ref: string;
  readonly name: string;
  readonly spentMicros: number;
  readonly spentInPeriodMicros: number;
}

/** A provider's management of keys. Everything throws a MintFailure. */
export interface KeyManagement {
  /** Every key of the account, whoever made it. */
  list(): Promise<ListedKey[]>;
  /** Its value is told this one time. */
  mint(name: string, cap: Cap, expiresAt: Date): Promise<{ readonly ref: string; readonly value: Secret }>;
  setCap(ref: string, cap: Cap): Promise<void>;
  /** Idempotent. */
  end(ref: string): Promise<void>;
}

const dollars = z.number().min(0).max(1_000_000_000).nullish();
const listedKey = z.object({
  hash: z.string().min(1).max(500),
  name: z.string(),
  limit: dollars,
  limit_reset: z.enum(['daily', 'weekly', 'monthly']).nullish().catch(null),
  usage: dollars,
  usage_daily: dollars,
  usage_weekly: dollars,
  usage_monthly: dollars,
});
const listAnswer = z.object({ data: z.array(listedKey) });
const mintAnswer = z.object({
  key: z.string().regex(/^[\x21-\x7e]{8,500}$/),
  data: z.object({ hash: z.string().min(1).max(500) }),
});

/** More than any account has: an answer that never ends is none. */
const mostPages = 200;

/** OpenRouter's, at `/keys` below its base URL, with a management key. */
export function openRouterKeys(
  context: Context,
  { title, baseUrl, key }: { readonly title: string; readonly baseUrl: string; readonly key: Secret },
): KeyManagement {
  const ask = async <Answer>(
    method: OutgoingRequest['method'],
    path: string,
    { body, expected, answer }: { body?: object; expected: readonly number[]; answer: z.ZodType<Answer> },
  ): Promise<Answer> => {
    const { status, body: text } = await callOut(context, {
      method,
      url: new URL(`${baseUrl}/keys${path}`),
      headers: {
        authorization: `Bearer ${key.reveal()}`,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      timeoutMs: context.config.outgoingTimeoutMs,
    }).catch((error: unknown) => {
      throw error instanceof OutgoingFailure ? new MintFailure('unanswered', title, error) : error;
    });
    if (!expected.includes(status)) throw new MintFailure(kindOf(status), title);
    const parsed = answer.safeParse(parseJson(text));
    if (!parsed.success) throw new MintFailure('garbage', title);
    return parsed.data;
  };

  return {
    async list() {
      const keys = new Map<string, ListedKey>();
      for (let page = 0; page < mostPages; page += 1) {
        const before = keys.size;
        const { data } = await ask('GET', `?include_disabled=true&offset=${before}`, {
          expected: [200],
          answer: listAnswer,
        });
        for (const one of data) keys.set(one.hash, toListed(one));
        if (keys.size === before) return [...keys.values()];
      }
      throw new MintFailure('garbage', title);
    },

    async mint(name, cap, expiresAt) {
      const body = { name, ...capOf(cap), expires_at: `${expiresAt.toISOString().slice(0, 19)}Z` };
      const { key: value, data } = await ask('POST', '', { body, expected: [200, 201], answer: mintAnswer });
      return { ref: data.hash, value: new Secret(value) };
    },

    async setCap(ref, cap) {
      const path = `/${encodeURIComponent(ref)}`;
      await ask('PATCH', path, { body: capOf(cap), expected: [200, 404], answer: z.unknown() });
    },

    async end(ref) {
      await ask('DELETE', `/${encodeURIComponent(ref)}`, { expected: [200, 204, 404], answer: z.unknown() });
    },
  };
}

const capOf = ({ limitMicros, limitPeriod }: Cap) => ({
  limit: limitMicros / 1_000_000,
  limit_reset: limitPeriod === 'never' ? null : limitPeriod,
});

function toListed(listed: z.infer<typeof listedKey>): ListedKey {
  const limitPeriod = listed.limit_reset ?? 'never';
  const inPeriod = {
    never: listed.usage,
    daily: listed.usage_daily,
    weekly: listed.usage_weekly,
    monthly: listed.usage_monthly,
  }[limitPeriod];
  return {
    ref: listed.hash,
    name: listed.name,
    limitMicros: micros(listed.limit),
    limitPeriod,
    spentMicros: micros(listed.usage),
    spentInPeriodMicros: micros(inPeriod),
  };
}

const micros = (amount: number | null | undefined): number => Math.round((amount ?? 0) * 1_000_000);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
