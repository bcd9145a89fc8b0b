import { request as overHttp, type IncomingMessage } from 'node:http';
import { request as overHttps } from 'node:https';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { parseBuildInfo } from './build-info.ts';
import type { RunningProcess } from './config-file.ts';
import { ProbeError } from './probe-error.ts';
import { requireSameStart, type ProcessStarts } from './process-start.ts';
import type { Finding } from './report.ts';

export interface HttpQuestion {
  readonly url: string;
  readonly timeoutMs: number;
  readonly process: RunningProcess | undefined;
}

const mostBytes = 64 * 1024;
/** An answer that was written longer ago than this is not of now. Whole seconds, and clocks of two machines. */
const oldestAnswerMs = 60_000;

/** Asks the process itself, over a fresh connection each time: an old one may still lead to an old process. */
export class HttpProbe {
  readonly #question: HttpQuestion;
  readonly #starts: ProcessStarts;

  constructor(question: HttpQuestion, starts: ProcessStarts) {
    this.#question = question;
    this.#starts = starts;
  }

  /** Throws ProbeError. */
  async look(signal: AbortSignal): Promise<Finding> {
    const { url, timeoutMs, process } = this.#question;
    const startedAt = process && (await this.#starts.startOf(process, signal)).at;
    const text = await ask(url, timeoutMs, signal);
    const info = parseBuildInfo(text, url);
    if (startedAt && info.startedAt) requireSameStart(url, info.startedAt, startedAt);
    return {
      source: BuildSource.HTTP,
      runningSha: info.sha,
      worktreeSha: '',
      dirty: info.dirty,
      builtAt: info.builtAt,
      startedAt: startedAt ?? info.startedAt,
    };
  }
}

async function ask(url: string, timeoutMs: number, signal: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await fetchText(url, AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (error instanceof ProbeError) throw error;
    if (timeout.aborted) throw new ProbeError(`${url} did not answer within ${timeoutMs / 1000} seconds.`);
    throw new ProbeError(`${url} cannot be reached: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function fetchText(url: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      agent: false,
      signal,
      headers: { accept: 'application/json', 'cache-control': 'no-cache, no-store', pragma: 'no-cache' },
    };
    const question = (url.startsWith('https:') ? overHttps : overHttp)(url, options, (answer) => {
      readAnswer(url, answer)
        .then(resolve, reject)
        .finally(() => question.destroy());
    });
    question.on('error', reject);
    question.end();
  });
}

async function readAnswer(url: string, answer: IncomingMessage): Promise<string> {
  const { statusCode = 0, headers } = answer;
  if (statusCode >= 300 && statusCode < 400)
    throw new ProbeError(
      `${url} answers with a redirect to ${headers.location ?? 'nowhere'}: name that address itself in the probe.`,
    );
  const ageSeconds = Number(headers.age ?? 0);
  if (ageSeconds > 0) throw new ProbeError(`${url} answers from a cache, ${ageSeconds} seconds old.`);
  const lateMs = Date.now() - Date.parse(headers.date ?? '');
  if (lateMs > oldestAnswerMs) throw new ProbeError(`${url} gives an answer of ${headers.date}, not of now.`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    // no encoding is set: chunks are buffers
    size += chunk.length;
    if (size > mostBytes) throw new ProbeError(`${url} answers with more than 64 KiB.`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (statusCode !== 200) throw new ProbeError(`${url} answers ${statusCode}: ${text.trim().slice(0, 300)}`);
  return text;
}
