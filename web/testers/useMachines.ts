import { useHosts } from '../hosts/feed.ts';
import type { Choice } from '../parts/SelectField.tsx';

/** The machines of the platform that can become a tester's own, by name. */
export function useMachines(): readonly Choice<string>[] {
  const hosts = useHosts().state ?? [];
  return [
    { value: '', label: 'Any machine, shared with others' },
    ...hosts
      .filter(({ teamId }) => teamId === '')
      .map(({ id, name }) => ({ value: id, label: `${name}, theirs alone` })),
  ];
}
