import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import PQueue from 'p-queue';
import { AccessKeyKind } from '#proto/muster/agent/v1/host_agent_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import type { Loop } from '../loops/index.ts';
import { recordAccessReports } from './report.ts';
import { findUnapplied, holdAccess, reviseAccess, tellEnded, type Unapplied } from './store.ts';

const atOnce = 20;
const timeoutMs = 10_000;

/** One finds out what is wanted of the machines now; each replica tells those that are connected to it. */
export const machineAccessLoops = (calls: HostCalls): Loop[] => [
  {
    name: 'machine_access.revise',
    // Ends of keys, and people who may not sign in any more, come without a word of their own.
    everyMs: 5_000,
    wakeOn: ['machine_access', 'rights'],
    singleton: true,
    run: reviseAll,
  },
  {
    name: 'machine_access.apply',
    everyMs: 5_000,
    wakeOn: ['machine_access', 'connection'],
    singleton: false,
    run: (context) => tellMachines(context, calls),
  },
];

/** Compares what is wanted with what machines were last asked for. */
function reviseAll(context: Context): Promise<{ ended: number; revised: number }> {
  return context.transaction(async (sql) => {
    await holdAccess(sql);
    const ended = await tellEnded(sql);
    for (const { kind, id, fingerprint } of ended)
      await recordAudit(sql, context, {
        action: kind === 'support' ? 'support_key.expire' : 'tester_ssh.expire',
        target: id,
        before: { fingerprint },
      });
    return { ended: ended.length, revised: await reviseAccess(sql) };
  });
}

async function tellMachines(context: Context, calls: HostCalls): Promise<{ told: number }> {
  const machines = await findUnapplied(context.sql, context.replicaId);
  const queue = new PQueue({ concurrency: atOnce });
  await queue.addAll(machines.map((machine) => () => tellMachine(context, calls, machine)));
  return { told: machines.length };
}

async function tellMachine(context: Context, calls: HostCalls, machine: Unapplied): Promise<void> {
  const { hostId, generation, revision, keys } = machine;
  const wanted = {
    generation,
    revision: BigInt(revision),
    keys: keys.map(({ id, kind, publicKey, expiresAtMs }) => ({
      id,
      kind: kind === 'support' ? AccessKeyKind.SUPPORT : AccessKeyKind.TESTER,
      publicKey,
      ...(expiresAtMs !== null && { expiresAt: timestampFromMs(expiresAtMs) }),
    })),
  };
  try {
    const { report } = await calls.call(
      hostId,
      timeoutMs,
      (client, options) => client.applyAccess(wanted, options),
      context.signal,
    );
    if (report) await context.transaction((sql) => recordAccessReports(sql, context, [{ hostId, access: report }]));
  } catch (error) {
    if (context.signal.aborted) return;
    if (!(error instanceof Refusal)) throw error;
    // It is told again, and shown as behind until then.
    context.log.debug({ err: error, hostId }, 'a machine could not be told whose SSH keys are wanted on it');
  }
}
