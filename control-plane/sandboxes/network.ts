import { fromJson, toJson, type JsonValue } from '@bufbuild/protobuf';
import { EgressPolicySchema, type EgressPolicy } from '#proto/muster/v1/network_pb.js';
import { NetworkMode } from '#proto/muster/v1/sandbox_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { requestedEgress } from './network-request.ts';
import { notFound, Refusal } from '../errors.ts';
import { HostRefusal, type HostCalls } from '../hosts/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { visibleSandbox } from './find.ts';
import { findNetwork, lockNetwork, recordNetworkApplied, setNetwork, type NetworkTarget } from './network-store.ts';
import type { Sandbox } from './sandbox.ts';
import { sandboxActions, situationOf } from './states.ts';

/** What a sandbox may reach, as it is stored. */
export interface Network {
  readonly network: 'none' | 'egress';
  /** In the words of the contract; null without egress. */
  readonly egress: JsonValue;
}

const applyTimeoutMs = 15_000;

/** A stored network in the words of the contract. */
export const networkToProto = ({ network, egress }: Network) => ({
  network: network === 'egress' ? NetworkMode.EGRESS : NetworkMode.NONE,
  egress: network === 'egress' ? fromJson(EgressPolicySchema, egress ?? {}, { ignoreUnknownFields: true }) : undefined,
});

/** The reverse. Throws INVALID_FIELD for a policy without a network. */
export function networkFromProto(mode: NetworkMode, egress: EgressPolicy | undefined): Network {
  requestedEgress(mode, egress);
  if (mode !== NetworkMode.EGRESS) return { network: 'none', egress: null };
  return { network: 'egress', egress: egress ? toJson(EgressPolicySchema, egress) : {} };
}

/**
 * Sets what a sandbox may reach, and has it done on its host. Where the host cannot be reached it stays recorded, and is
 * done when it is back. Throws WRONG_STATE where it has ended or its host offers no network.
 */
export async function updateNetwork(
  context: Context,
  calls: HostCalls,
  { id, teamId }: Sandbox,
  network: Network,
): Promise<Sandbox> {
  const before = await context.transaction(async (sql) => {
    const target = await lockNetwork(sql, id);
    if (!target) throw notFound('sandbox');
    requireAllowed(sandboxActions['sandbox.set_network'], situationOf(target));
    await setNetwork(sql, id, network);
    await recordAudit(sql, context, {
      action: 'sandbox.set_network',
      target: id,
      teamId,
      before: { network: target.network, egress: target.egress },
      after: { network: network.network, egress: network.egress },
    });
    return target;
  });
  try {
    await applyNetwork(context, calls, id);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error instanceof HostRefusal) {
      // The host says that it never can: what was before stays.
      await context.transaction((sql) => setNetwork(sql, id, before));
      throw error;
    }
    context.log.info({ sandboxId: id, why: error.message }, 'the network of a sandbox will be set later');
  }
  return visibleSandbox(context, id);
}

/** Has a sandbox's network done on its host. Idempotent; nothing where it is being made, or has ended. */
export async function applyNetwork(context: Context, calls: HostCalls, id: string): Promise<void> {
  const target = await findNetwork(context.sql, id);
  if (!target || !hasBody(target)) return;
  const { hostId, attempt, networkRevision, ...network } = target;
  const { sandbox } = await calls.call(hostId, applyTimeoutMs, (client, options) =>
    client.updateNetwork(
      { sandboxId: id, attempt, networkRevision: BigInt(networkRevision), ...networkToProto(network) },
      options,
    ),
  );
  if (sandbox) await recordNetworkApplied(context.sql, id, attempt, Number(sandbox.networkRevision));
}

const hasBody = ({ observed }: NetworkTarget): boolean =>
  observed === 'running' || observed === 'paused' || observed === 'stopped' || observed === 'missing';
