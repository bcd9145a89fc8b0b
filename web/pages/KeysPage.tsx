import { useNavigate, useSearch } from '@tanstack/react-router';
import { makeRefusal, maySeeCredentials } from '../credentials/may-manage.ts';
import type { KeySearch } from '../keys/filter.ts';
import { KeyList } from '../keys/KeyList.tsx';
import { useActiveTeam, useCaller } from '../session/useCaller.ts';
import { NotFoundPage } from './NotFoundPage.tsx';

const about =
  'A key lets a program act for this team: an SDK, a script, a nightly build. It ends with its time, and with the role of who made it.';

/** The keys of the active team. */
export function KeysPage() {
  const search = useSearch({ from: '/signed-in/keys' });
  const navigate = useNavigate({ from: '/keys' });
  const caller = useCaller();
  const team = useActiveTeam();
  if (!team || !maySeeCredentials(caller)) return <NotFoundPage />;
  return (
    <KeyList
      title="Keys"
      team={{ id: team.teamId, name: team.teamName }}
      search={search}
      onSearch={(change: KeySearch) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true })}
      mintRefused={makeRefusal(caller)}
      about={about}
    />
  );
}
