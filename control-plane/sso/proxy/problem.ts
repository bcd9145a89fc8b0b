import { Code } from '@connectrpc/connect';
import { ProxyProblemKind, ProxyProblemSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { Refusal } from '../../errors.ts';
import type { TrustedHeaderSettings } from '../../sign-in-config.ts';

interface Problem {
  readonly kind: ProxyProblemKind;
  /** The headers concerned. */
  readonly headers: readonly string[];
  readonly address: string;
}

const kinds = ProxyProblemKind;
const sentences: Readonly<Record<ProxyProblemKind, (problem: Problem) => readonly [message: string, help: string]>> = {
  [kinds.UNSPECIFIED]: () => ['The request does not say who asks.', 'Come through the sign-in proxy.'],
  [kinds.HEADERS_MISSING]: ({ headers }) => [
    `The sign-in proxy did not send ${list(headers)}.`,
    'Open this address through the sign-in proxy; if that is where you are, it has to send all three headers with every request.',
  ],
  [kinds.NOT_FROM_PROXY]: ({ headers, address }) => [
    `${list(headers)} came from ${address}, which is no address of the sign-in proxy.`,
    'Leave the headers out, or add the address to MUSTER_PROXY_RANGES if the proxy has it.',
  ],
  [kinds.SECRET_WRONG]: ({ headers }) => [
    `${list(headers)} came without the secret of the sign-in proxy.`,
    'The proxy has to send what MUSTER_PROXY_SECRET says, in its header.',
  ],
  [kinds.HEADER_REPEATED]: ({ headers }) => [
    `${list(headers)} came more than once.`,
    'The proxy has to replace what its visitors send, and to add nothing to it.',
  ],
  [kinds.HEADER_UNREADABLE]: ({ headers }) => [
    `${list(headers)} holds no name: it is too long, or no text in UTF-8.`,
    'Look at what the proxy sends for this person.',
  ],
  [kinds.HEADER_LOOK_ALIKE]: ({ headers }) => [
    `${list(headers)} only looks like a header of the sign-in proxy.`,
    'The proxy has to drop headers with underscores where their names are the same otherwise.',
  ],
};

/** The 401 for a request that should come from the sign-in proxy, with what the proxy has to send. */
export function proxyProblem({ headers }: TrustedHeaderSettings, problem: Problem): Refusal {
  const [message, help] = sentences[problem.kind](problem);
  const value = {
    kind: problem.kind,
    headers: [...problem.headers],
    address: problem.address,
    userHeader: headers.user,
    teamHeader: headers.team,
    rolesHeader: headers.roles,
    secretHeader: headers.secret,
  };
  return new Refusal(Code.Unauthenticated, Reason.PROXY_MISCONFIGURED, message, {
    help,
    details: [{ desc: ProxyProblemSchema, value }],
  });
}

const list = (headers: readonly string[]): string =>
  headers.length < 2 ? (headers[0] ?? '') : `${headers.slice(0, -1).join(', ')} and ${headers.at(-1)}`;
