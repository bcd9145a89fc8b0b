import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { CockpitSchema } from '#proto/muster/v1/cockpit_pb.js';
import type { Cockpit } from './gather.ts';

const perSecond = 1_000_000n;

export const cockpitToProto = (cockpit: Cockpit): MessageInitShape<typeof CockpitSchema> => ({
  teamId: cockpit.teamId,
  since: timestampOf(cockpit.sinceMicros),
  visit: BigInt(cockpit.visit),
  changes: cockpit.changes.map(({ atMicros, ...change }) => ({ ...change, at: timestampOf(atMicros) })),
  more: cockpit.more,
});

/** Whole microseconds, as the database has them: what was seen is told by them. */
function timestampOf(text: string) {
  const micros = BigInt(text);
  return { seconds: micros / perSecond, nanos: Number(micros % perSecond) * 1000 };
}

export const microsOf = ({ seconds, nanos }: Pick<Timestamp, 'seconds' | 'nanos'>): string =>
  String(seconds * perSecond + BigInt(Math.floor(nanos / 1000)));
