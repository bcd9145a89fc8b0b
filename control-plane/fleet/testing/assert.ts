import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import {
  AssertOutcome,
  AssertVerdict,
  type AssertedHost,
  type AssertFleetRequestSchema,
  type AssertProgress,
  type AssertResult,
  type FleetService,
} from '#proto/muster/v1/fleet_pb.js';

/** A gate that somebody waits at. */
export interface Asked {
  readonly progress: AssertProgress[];
  readonly result: Promise<AssertResult>;
}

/** Asks the gate, and keeps what it says. */
export function ask(
  client: Client<typeof FleetService>,
  request: MessageInitShape<typeof AssertFleetRequestSchema>,
): Asked {
  const progress: AssertProgress[] = [];
  const follow = async (): Promise<AssertResult> => {
    for await (const { event } of client.assertFleet(request)) {
      if (event.case === 'progress') progress.push(event.value);
      if (event.case === 'result') return event.value;
    }
    throw new Error('The gate ended without a result.');
  };
  return { progress, result: follow() };
}

/** `FAIL: alpha MET, beta NOT_MET`, by name. */
export const gateLine = ({ verdict, hosts }: AssertResult): string =>
  `${AssertVerdict[verdict]}: ${hosts
    .toSorted((one, other) => one.hostName.localeCompare(other.hostName))
    .map((host) => `${host.hostName} ${AssertOutcome[host.outcome]}`)
    .join(', ')}`;

export const reasonOf = (hosts: readonly AssertedHost[], name: string): string | undefined =>
  hosts.find(({ hostName }) => hostName === name)?.reason;
