import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { HostEventKind as Wire, type HostEventSchema } from '#proto/muster/v1/host_pb.js';
import type { HostEvent, HostEventKind } from './store.ts';

const kinds: Readonly<Record<HostEventKind, Wire>> = {
  joined: Wire.JOINED,
  unreachable: Wire.UNREACHABLE,
  online: Wire.ONLINE,
  agent_started: Wire.AGENT_STARTED,
  machine_started: Wire.MACHINE_STARTED,
};

/** As callers read it. */
export const hostEventToProto = ({ at, kind, lastSeenAt }: HostEvent): MessageInitShape<typeof HostEventSchema> => ({
  at: timestampFromDate(at),
  kind: kinds[kind],
  lastSeenAt: lastSeenAt ? timestampFromDate(lastSeenAt) : undefined,
});
