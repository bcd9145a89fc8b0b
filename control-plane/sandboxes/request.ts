import { durationMs } from '@bufbuild/protobuf/wkt';
import type { CreateSandboxRequest, ListSandboxesRequest } from '#proto/muster/v1/sandbox_pb.js';
import { invalidField } from '../errors.ts';
import type { SandboxRequest } from './create.ts';
import { observedStates, type ObservedState } from './sandbox.ts';
import { liveStates } from './watch.ts';
import { observedFrom, onDisconnectFrom, onExpiryFrom } from './wire.ts';

const defaults = { template: 'base', cpu: 1, memoryMib: 512, diskMib: 2048, pids: 1024, timeoutMs: 3_600_000 };
const reservedPrefix = 'access.';

/** What was asked for, with the defaults that the contract names. */
export function sandboxRequestFrom(request: CreateSandboxRequest, teamId: string): SandboxRequest {
  const { template, limits, timeout, env, metadata, onDisconnect, hostLabels, requestId, noExpiry } = request;
  if (noExpiry && timeout) throw invalidField('timeout', 'timeout: leave it out together with no_expiry.');
  const reserved = Object.keys(metadata).find((key) => key.startsWith(reservedPrefix));
  if (reserved !== undefined)
    throw invalidField(
      'metadata',
      `metadata: keys that begin with ${reservedPrefix} belong to the server: rename ${reserved}.`,
    );
  return {
    teamId,
    template: template || defaults.template,
    cpuMillis: Math.round((limits?.cpu || defaults.cpu) * 1000),
    memoryMib: limits?.memoryMib || defaults.memoryMib,
    diskMib: limits?.diskMib || defaults.diskMib,
    pids: limits?.pids || defaults.pids,
    env,
    metadata,
    onDisconnect: onDisconnectFrom(onDisconnect),
    hostLabels,
    timeoutMs: noExpiry ? null : timeout ? durationMs(timeout) : defaults.timeoutMs,
    onExpiry: onExpiryFrom(request.onExpiry),
    autoResume: request.autoResume,
    autoRenewMs: request.autoRenew ? durationMs(request.autoRenew) : null,
    requestId,
  };
}

/** The states that a list asks for: those it names, else all that have not ended, with those where it says so. */
export function statesFrom({ observed, includeEnded }: ListSandboxesRequest): readonly ObservedState[] {
  const named = observed.flatMap((state) => observedFrom(state) ?? []);
  if (named.length > 0) return named;
  return includeEnded ? observedStates : liveStates;
}
