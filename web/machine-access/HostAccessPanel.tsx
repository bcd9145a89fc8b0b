import { useQuery } from '@connectrpc/connect-query';
import { UserRoundCog } from 'lucide-react';
import { useState } from 'react';
import { MachineAccessService, type HostAccess } from '#proto/muster/v1/machine_access_pb.js';
import { Button } from '../parts/Button.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { useMachineAccess } from './feed.ts';
import { accessLooks } from './looks.ts';
import { PeopleDialog } from './PeopleDialog.tsx';

/** Who gets onto one machine by SSH, live; for platform admins. */
export function HostAccessPanel({ hostId }: { hostId: string }) {
  useMachineAccess();
  const { data, error, refetch } = useQuery(MachineAccessService.method.getHostAccess, { hostId });
  const [open, setOpen] = useState(false);
  const access = data?.access;
  return (
    <Section
      title="Access by SSH"
      aside={
        access && (
          <Button small icon={UserRoundCog} onClick={() => setOpen(true)}>
            Change people
          </Button>
        )
      }
    >
      {error && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
      {access && (
        <Panel>
          <AccessFacts access={access} />
          <PeopleDialog access={access} open={open} onClose={() => setOpen(false)} />
        </Panel>
      )}
    </Section>
  );
}

const none = <span className="text-ink-faint">nobody</span>;

const AccessFacts = ({ access }: { access: HostAccess }) => (
  <Facts
    facts={[
      {
        term: 'State',
        value: (
          <span className="flex flex-col items-start gap-1">
            <StatusPill look={accessLooks[access.state]} />
            {access.problem !== '' && <span className="text-ink-muted">{access.problem}</span>}
          </span>
        ),
      },
      {
        term: 'People',
        value:
          access.people.length === 0
            ? none
            : access.people.map(({ name, ssh }) => (ssh ? name : `${name} (SSH is off)`)).join(', '),
      },
      { term: 'Support', value: access.supportKeys.map(({ name }) => name).join('; ') || none },
      access.accounts.length > 0 && { term: 'Accounts', value: access.accounts.map(({ name }) => name).join(', ') },
      access.appliedAt && {
        term: 'Applied',
        value: (
          <>
            <RelativeTime at={access.appliedAt} />, revision {String(access.appliedRevision)}
          </>
        ),
      },
      ...access.accounts.map(
        ({ name, repairedAt }) =>
          repairedAt && {
            term: 'Repaired',
            value: (
              <>
                somebody’s change to the keys of {name} was undone <RelativeTime at={repairedAt} />
              </>
            ),
          },
      ),
    ]}
  />
);
