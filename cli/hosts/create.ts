import { CreateHostResponseSchema } from '#proto/muster/v1/host_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { sayJoin } from './say-join.ts';

/** Options of `muster hosts create`. */
export interface CreateOptions extends SessionOptions {
  readonly label?: Readonly<Record<string, string>>;
  readonly cpuOvercommit?: number;
  readonly memoryOvercommit?: number;
  readonly diskOvercommit?: number;
  readonly tokenLifetime?: { readonly seconds: bigint };
  readonly requestId?: string;
  readonly team?: string;
}

/** Registers a host and prints its join command, once. */
export async function createHost(session: Session, name: string, options: CreateOptions): Promise<void> {
  const answer = await session.hosts.createHost({
    name,
    labels: options.label ?? {},
    overcommit: overcommitOf(options),
    tokenLifetime: options.tokenLifetime,
    requestId: options.requestId ?? '',
    teamId: options.team ?? '',
  });
  if (session.json || !answer.host) return printJson(session.stdout, CreateHostResponseSchema, answer);
  if (!answer.joinToken) {
    session.stdout.write(
      `${answer.host.name} (${answer.host.id}) was created by an earlier call, which showed its join token.\n`,
    );
    return;
  }
  const owner = answer.host.teamName && ` for ${answer.host.teamName}`;
  session.stderr.write(`${answer.host.name} (${answer.host.id}) is registered${owner}.\n`);
  sayJoin(session, answer.joinToken);
}

function overcommitOf({ cpuOvercommit, memoryOvercommit, diskOvercommit }: CreateOptions) {
  if (cpuOvercommit === undefined && memoryOvercommit === undefined && diskOvercommit === undefined) return undefined;
  return { cpu: cpuOvercommit ?? 16, memory: memoryOvercommit ?? 1, disk: diskOvercommit ?? 1 };
}
