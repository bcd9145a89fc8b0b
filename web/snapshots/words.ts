import { CircleCheck, CircleHelp, CircleX, LoaderCircle } from 'lucide-react';
import { SnapshotState, type Snapshot } from '#proto/muster/v1/snapshot_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** What people call a snapshot: its name, or its id where it has none. */
export const snapshotName = ({ name, id }: Snapshot): string => name || id;

export const snapshotLooks: Readonly<Record<SnapshotState, StatusLook>> = {
  [SnapshotState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [SnapshotState.CREATING]: { tone: 'moving', word: 'Copying', icon: LoaderCircle },
  [SnapshotState.READY]: { tone: 'good', word: 'Ready', icon: CircleCheck },
  [SnapshotState.FAILED]: { tone: 'wrong', word: 'Failed', icon: CircleX },
};
