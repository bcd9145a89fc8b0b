import type { EgressPolicy } from '#proto/muster/v1/network_pb.js';
import { NetworkMode } from '#proto/muster/v1/sandbox_pb.js';
import { invalidField } from '../errors.ts';

/** Whether a request wants egress; undefined where it says nothing. Throws INVALID_FIELD where it contradicts itself. */
export function requestedEgress(mode: NetworkMode, egress: EgressPolicy | undefined): boolean | undefined {
  if (mode === NetworkMode.NONE && egress)
    throw invalidField(
      'egress',
      'egress: a sandbox without a network has no policy: set network to NETWORK_MODE_EGRESS.',
    );
  if (mode === NetworkMode.UNSPECIFIED) return egress ? true : undefined;
  return mode === NetworkMode.EGRESS;
}
