import type { CockpitChangeKind } from '#proto/muster/v1/cockpit_pb.js';

/** Something that changed, as a person is told of it. */
export interface Change {
  readonly key: string;
  readonly atMicros: string;
  readonly kind: CockpitChangeKind;
  /** The id of what it is about. */
  readonly subject: string;
  readonly sentence: string;
  /** Who did it, by name; empty where it came about by itself. */
  readonly by: string;
}
