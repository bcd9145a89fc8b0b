import { durationMs } from '@bufbuild/protobuf/wkt';
import { NetworkMode, type CreateSandboxRequest, type ListSandboxesRequest } from '#proto/muster/v1/sandbox_pb.js';
import { boundHostOf, type Caller } from '../access/index.ts';
import { invalidField } from '../errors.ts';
import { labelOf } from '../sso/index.ts';
import type { SandboxRequest } from './create.ts';
import { requestedEgress } from './network-request.ts';
import { networkFromProto } from './network.ts';
import { observedStates, type ObservedState } from './sandbox.ts';
import { liveStates } from './watch.ts';
import { observedFrom, onDisconnectFrom, onExpiryFrom } from './wire.ts';

const defaults = { template: 'base', cpu: 1, memoryMib: 512, diskMib: 2048, pids: 1024, timeoutMs: 3_600_000 };
const reservedPrefix = 'access.';

/** Whose a sandbox is in the words of the sign-in service. It says so over whatever the client says. */
function accessLabels(caller: Caller, teamId: string): Readonly<Record<string, string>> {
  if (!('sso' in caller) || !caller.sso) return {};
  const team = caller.memberships.find((membership) => membership.teamId === teamId)?.ssoName;
  return { 'access.owner': labelOf(caller.sso.id), ...(team && { 'access.team': labelOf(team) }) };
}

/** What was asked for, with the defaults that the contract names. */
export function sandboxRequestFrom(
  request: CreateSandboxRequest,
  teamId: string,
  caller: Caller,
  defaultNetwork: SandboxRequest['network'],
): SandboxRequest {
  const { template, limits, timeout, env, onDisconnect, hostLabels, requestId, noExpiry } = request;
  if (noExpiry && timeout) throw invalidField('timeout', 'timeout: leave it out together with no_expiry.');
  return {
    teamId,
    template: template || defaults.template,
    cpuMillis: Math.round((limits?.cpu || defaults.cpu) * 1000),
    memoryMib: limits?.memoryMib || defaults.memoryMib,
    diskMib: limits?.diskMib || defaults.diskMib,
    pids: limits?.pids || defaults.pids,
    env,
    metadata: ownMetadata(caller, teamId, request.metadata),
    onDisconnect: onDisconnectFrom(onDisconnect),
    hostLabels,
    boundHostId: boundHostOf(caller) ?? null,
    timeoutMs: noExpiry ? null : timeout ? durationMs(timeout) : defaults.timeoutMs,
    onExpiry: onExpiryFrom(request.onExpiry),
    autoResume: request.autoResume,
    autoRenewMs: request.autoRenew ? durationMs(request.autoRenew) : null,
    ...networkOf(request, defaultNetwork),
    requestId,
  };
}

function networkOf(
  { network, egress }: CreateSandboxRequest,
  otherwise: SandboxRequest['network'],
): Pick<SandboxRequest, 'network' | 'egress'> {
  const asked = requestedEgress(network, egress);
  if (asked === undefined) return { network: otherwise, egress: null };
  return networkFromProto(asked ? NetworkMode.EGRESS : NetworkMode.NONE, egress);
}

/** A sandbox's metadata: what was asked for, and what the server says of who asks. Throws for keys that are the server's. */
export function ownMetadata(
  caller: Caller,
  teamId: string,
  asked: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const ours = accessLabels(caller, teamId);
  requireCallersKeys(
    'metadata',
    Object.keys(asked).filter((key) => !Object.hasOwn(ours, key)),
  );
  return { ...asked, ...ours };
}

/** Throws for keys of metadata that are the server's. */
export function requireCallersKeys(field: string, keys: readonly string[]): void {
  const reserved = keys.find((key) => key.startsWith(reservedPrefix));
  if (reserved !== undefined)
    throw invalidField(
      field,
      `${field}: keys that begin with ${reservedPrefix} belong to the server: take another for ${reserved}.`,
    );
}

/** What callers have set of it. */
export const callersMetadata = (metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith(reservedPrefix)));

/** The states that a list asks for: those it names, else all that have not ended, with those where it says so. */
export function statesFrom({ observed, includeEnded }: ListSandboxesRequest): readonly ObservedState[] {
  const named = observed.flatMap((state) => observedFrom(state) ?? []);
  if (named.length > 0) return named;
  return includeEnded ? observedStates : liveStates;
}
