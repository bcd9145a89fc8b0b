import { maxOpen } from './frames.ts';

/** A process to start in a sandbox. */
export interface ProcessSpec {
  readonly argv: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The user's home where empty. */
  readonly cwd: string;
  /** By name or number; root of the sandbox where empty. */
  readonly user: string;
  /** Whether it has a standard input; else it reads from /dev/null. */
  readonly withStdin: boolean;
  /** Whether it is killed when the agent goes away. */
  readonly endsWithLink: boolean;
  /** Time that it may run, without that in which the sandbox was frozen. */
  readonly timeoutMs?: number | undefined;
  readonly limits?: readonly ResourceLimit[] | undefined;
}

/** One of the kernel's limits of a process, by its number. */
export interface ResourceLimit {
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
}

const processKind = 1;
const withStdinFlag = 1;
const endsWithLinkFlag = 2;
const headerSize = 24;
const limitSize = 20;
const maxArguments = 4096;
const maxTimeoutMs = 0xffff_ffff;

/** The body of OPEN for a process; or why there cannot be one, as the kernel would say it of the command. */
export function encodeOpen(spec: ProcessSpec, window: number): Buffer | { readonly impossible: string } {
  const variables = Object.entries(spec.env).map(([name, value]) => `${name}=${value}`);
  const texts = [spec.user, spec.cwd, ...spec.argv, ...variables];
  if (spec.argv.length === 0) return { impossible: 'there is no command to run' };
  if (texts.some((text) => text.includes('\0')))
    return { impossible: 'arguments and environment cannot hold zero bytes' };
  const limits = spec.limits ?? [];
  const joined = Buffer.from(`${texts.join('\0')}\0`);
  const size = headerSize + limits.length * limitSize + joined.length;
  if (size > maxOpen || spec.argv.length > maxArguments || variables.length > maxArguments) {
    return { impossible: `${spec.argv[0]!.slice(0, 200)}: arguments and environment are too long` };
  }
  const body = Buffer.alloc(size);
  body.writeUInt16LE(processKind, 0);
  body.writeUInt16LE((spec.withStdin ? withStdinFlag : 0) | (spec.endsWithLink ? endsWithLinkFlag : 0), 2);
  body.writeUInt32LE(window, 4);
  body.writeUInt32LE(
    spec.timeoutMs === undefined ? 0 : Math.min(maxTimeoutMs, Math.max(1, Math.ceil(spec.timeoutMs))),
    8,
  );
  body.writeUInt32LE(limits.length, 12);
  body.writeUInt32LE(spec.argv.length, 16);
  body.writeUInt32LE(variables.length, 20);
  let at = headerSize;
  for (const limit of limits) {
    body.writeUInt32LE(limit.resource, at);
    body.writeBigUInt64LE(limit.soft, at + 4);
    body.writeBigUInt64LE(limit.hard, at + 12);
    at += limitSize;
  }
  joined.copy(body, at);
  return body;
}
