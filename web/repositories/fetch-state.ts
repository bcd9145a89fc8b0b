import { CircleAlert, CircleCheck, CircleDashed, CircleHelp } from 'lucide-react';
import type { Repository } from '#proto/muster/v1/fleet_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** Whether a repository's head can be relied on, as a state. */
export function fetchLook(repository: Repository): StatusLook {
  if (repository.headKnown && repository.fetchError !== '')
    return { tone: 'attention', word: 'Last fetch failed', icon: CircleAlert };
  if (repository.headKnown) return { tone: 'good', word: 'Head known', icon: CircleCheck };
  if (repository.fetchedAt === undefined && repository.fetchError === '')
    return { tone: 'moving', word: 'Fetching', icon: CircleDashed };
  return { tone: 'unknown', word: 'Head unknown', icon: CircleHelp };
}
