import { Code } from '@connectrpc/connect';
import { codeToHttpStatus } from '@connectrpc/connect/protocol-connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Refusal } from '../errors.ts';
import { answer, headerOf, type NodeRequest, type NodeResponse } from '../server/http-types.ts';

/** A request that is not answered by the guest. */
export interface Explanation {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  readonly help: string;
  readonly reason: Reason;
  readonly retryAfterSeconds?: number | undefined;
}

const titles: Partial<Record<Reason, { status: number; title: string }>> = {
  [Reason.NOTHING_LISTENS]: { status: 502, title: 'Nothing listens there' },
  [Reason.WRONG_STATE]: { status: 503, title: 'This sandbox does not run' },
  [Reason.HOST_UNREACHABLE]: { status: 503, title: 'This sandbox cannot be reached now' },
  [Reason.SANDBOX_LIMIT]: { status: 503, title: 'Too many connections' },
  [Reason.NOT_FOUND]: { status: 404, title: 'There is no such sandbox' },
  [Reason.UNAUTHENTICATED]: { status: 401, title: 'This port is not open to everybody' },
  [Reason.RATE_LIMITED]: { status: 429, title: 'Too many requests' },
};

/** What is told of a refusal. */
export function explain({ code, reason, message, help, retryAfterSeconds }: Refusal): Explanation {
  const { status, title } = titles[reason] ?? { status: codeToHttpStatus(code), title: 'This port cannot be used' };
  return { status, title, message, help, reason, retryAfterSeconds };
}

/** The sandbox has been, and will not be again. */
export const gone = (reason: string): Explanation => ({
  status: 410,
  title: 'This sandbox is gone',
  message: reason === '' ? 'It has ended.' : `It has ended: ${reason}`,
  help: 'Create a new one.',
  reason: Reason.WRONG_STATE,
});

/** What the guest said was not HTTP. */
export const notHttp = (port: number): Explanation => ({
  status: 502,
  title: 'No answer that could be understood',
  message: `What listens on port ${port} did not answer with HTTP, or broke off.`,
  help: 'Look at its output in the sandbox.',
  reason: Reason.INTERNAL,
});

/** Answers with an explanation: a page for browsers, JSON for everybody else. Nothing of it is kept, framed or run. */
export function answerExplanation(request: NodeRequest, response: NodeResponse, explanation: Explanation): void {
  const { status, message, help, reason, retryAfterSeconds } = explanation;
  const isPage = (headerOf(request, 'accept') ?? '').includes('text/html');
  const body = isPage
    ? page(explanation)
    : `${JSON.stringify({ code: Code[codeOf(status)], reason: Reason[reason], message, help })}\n`;
  answer(
    response,
    status,
    {
      'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      ...(isPage && mayComeUp(explanation) && { refresh: '2' }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
    body,
  );
}

const codeOf = (status: number): Code =>
  ({
    401: Code.Unauthenticated,
    403: Code.PermissionDenied,
    404: Code.NotFound,
    410: Code.FailedPrecondition,
    429: Code.ResourceExhausted,
  })[status] ?? Code.Unavailable;

/**
 * Whoever waits for a server that is being started, or for a sandbox that somebody resumes, sees it by itself. By a header:
 * browsers follow no such element in a page that is sandboxed.
 */
const mayComeUp = ({ status, reason }: Explanation): boolean =>
  reason === Reason.NOTHING_LISTENS ||
  reason === Reason.HOST_UNREACHABLE ||
  (reason === Reason.WRONG_STATE && status === 503);

const page = ({ title, message, help }: Explanation): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}</style></head>
<body><main><h1>${escaped(title)}</h1>
${[message, help].map((text) => text && `<p>${escaped(text)}</p>`).join('\n')}</main></body>
</html>
`;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
