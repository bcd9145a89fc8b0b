import { useMutation, useQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useState } from 'react';
import { MachineAccessService, type HostAccess } from '#proto/muster/v1/machine_access_pb.js';
import { UserService } from '#proto/muster/v1/user_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button, IconButton } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

/** Says who may use a machine. */
export function PeopleDialog({ access, open, onClose }: { access: HostAccess; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Who may use ${access.hostName}`}
      description="Their keys come onto it once SSH is turned on for them."
    >
      <PeopleForm access={access} onClose={onClose} />
    </Dialog>
  );
}

interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

function PeopleForm({ access, onClose }: { access: HostAccess; onClose: () => void }) {
  const { hostId, hostName, version } = access;
  const set = useMutation(MachineAccessService.method.setHostAccess);
  const tell = useTell();
  const form = useForm<{ user_ids: readonly Person[] }>({
    initial: { user_ids: access.people.map(({ userId, name, email }) => ({ id: userId, name, email })) },
    submit: async ({ user_ids: people }) => {
      await set.mutateAsync({ hostId, userIds: people.map(({ id }) => id), version });
      onClose();
      tell(`The access list of ${hostName} is changed.`);
    },
  });
  const { value: people, onChange, error } = form.bind('user_ids');
  return (
    <DialogForm form={form}>
      <DialogBody>
        <ul aria-label="People" className="flex flex-col gap-1">
          {people.map((person) => (
            <li key={person.id} className="flex items-center justify-between gap-2 text-table">
              <span className="min-w-0 truncate">
                {person.name} <span className="text-ink-muted">{person.email}</span>
              </span>
              <IconButton
                label={`Take ${person.name} off the list`}
                icon={X}
                onClick={() => onChange(people.filter(({ id }) => id !== person.id))}
              />
            </li>
          ))}
          {people.length === 0 && <li className="text-table text-ink-faint">Nobody is on it.</li>}
        </ul>
        <FindPerson listed={people} onPick={(person) => onChange([...people, person])} />
        {error !== undefined && <p className="text-small text-wrong">{error}</p>}
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.setHostAccess({ hostId, userIds: people.map(({ id }) => id), version })} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Save list
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

function FindPerson({ listed, onPick }: { listed: readonly Person[]; onPick: (person: Person) => void }) {
  const [search, setSearch] = useState('');
  const { data } = useQuery(
    UserService.method.listUsers,
    { search, pageSize: 8 },
    { enabled: search !== '', placeholderData: keepPreviousData },
  );
  const found = (search === '' ? [] : (data?.users ?? [])).filter(
    ({ id, active }) => active && listed.every((person) => person.id !== id),
  );
  return (
    <div className="flex flex-col gap-2">
      <SearchField label="Find by name or address" value={search} onChange={setSearch} />
      <ul aria-label="Found" className="flex flex-col">
        {found.map(({ id, name, email }) => (
          <li key={id}>
            <button
              type="button"
              className="flex w-full min-w-0 gap-2 rounded-control px-2 py-1.5 text-left text-table hover:bg-hover max-md:py-2.5"
              onClick={() => {
                onPick({ id, name, email });
                setSearch('');
              }}
            >
              <span className="shrink-0">Add {name}</span> <span className="truncate text-ink-muted">{email}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
