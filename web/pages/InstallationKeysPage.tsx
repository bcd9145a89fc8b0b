import { useNavigate, useSearch } from '@tanstack/react-router';
import type { KeySearch } from '../keys/filter.ts';
import { KeyList } from '../keys/KeyList.tsx';
import { useCaller } from '../session/useCaller.ts';
import { NotFoundPage } from './NotFoundPage.tsx';

const about =
  'A key of the installation does what platform admins do, by a program: adding hosts, looking at the fleet, making teams. Each has its name, its role and its end.';

/** The keys of the installation, for platform admins. */
export function InstallationKeysPage() {
  const search = useSearch({ from: '/signed-in/installation-keys' });
  const navigate = useNavigate({ from: '/installation-keys' });
  const { platformAdmin } = useCaller();
  if (!platformAdmin) return <NotFoundPage />;
  return (
    <KeyList
      title="Installation keys"
      team={undefined}
      search={search}
      onSearch={(change: KeySearch) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true })}
      mintRefused={undefined}
      about={about}
    />
  );
}
