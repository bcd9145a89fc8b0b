import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { InviteService, type CreateInviteResponse } from '#proto/muster/v1/invite_pb.js';
import type { Team } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { OneTimeSecret } from '../parts/OneTimeSecret.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { givenRoles, runsTeam } from '../teams/roles.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { KnownPeople } from './KnownPeople.tsx';

/** Invites an address; where no mail goes out, the link is shown once. */
export function InviteDialog({ team, open, onClose }: { team: Team; open: boolean; onClose: () => void }) {
  const [created, setCreated] = useState<CreateInviteResponse>();
  const close = () => {
    onClose();
    setCreated(undefined);
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      dismissible={created === undefined}
      title={created?.invite ? `Invite for ${created.invite.email}` : `Invite into ${team.name}`}
      description={created ? undefined : 'They join with the account of this address, or make one.'}
    >
      {created ? (
        <CreatedInvite created={created} onClose={close} />
      ) : (
        <InviteForm team={team} onClose={close} onCreated={setCreated} />
      )}
    </Dialog>
  );
}

interface InviteFormProps {
  readonly team: Team;
  readonly onClose: () => void;
  readonly onCreated: (created: CreateInviteResponse) => void;
}

function InviteForm({ team, onClose, onCreated }: InviteFormProps) {
  const createInvite = useMutation(InviteService.method.createInvite);
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm<{ email: string; role: TeamRole }>({
    initial: { email: '', role: TeamRole.MEMBER },
    check: ({ email }) => ({ email: email.includes('@') ? undefined : 'Type an address, such as ada@example.com.' }),
    submit: async ({ email, role }) => {
      const created = await createInvite.mutateAsync({ teamId: team.id, email: email.trim(), role });
      void queries.invalidateQueries();
      if (created.link !== '') return onCreated(created);
      onClose();
      tell(`The invite for ${email.trim()} is on its way by mail.`);
    },
  });
  const { email, role } = form.values;
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('email')}
          label="Email"
          help="An open invite of the same address is replaced."
          type="email"
          inputMode="email"
          placeholder="ada@example.com"
        />
        {runsTeam(team.role) && <KnownPeople team={team} typed={email} role={role} onAdded={onClose} />}
        <SelectField
          {...form.bind('role')}
          label="Role"
          help={runsTeam(team.role) ? undefined : 'Members invite members; owners and admins also admins.'}
          choices={runsTeam(team.role) ? givenRoles : givenRoles.slice(0, 1)}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createInvite({ teamId: team.id, email: email.trim(), role })} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Create invite
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

function CreatedInvite({ created, onClose }: { created: CreateInviteResponse; onClose: () => void }) {
  return (
    <>
      <DialogBody>
        <OneTimeSecret
          label="Invite link"
          secret={created.link}
          lost="It is shown this once. If it is lost, invite the address again: that replaces this invite."
        />
        <p className="text-table text-ink-muted">
          Send it to {created.invite?.email} in a way that only they read. It works once, and ends{' '}
          <RelativeTime at={created.invite?.expiresAt} />.
        </p>
      </DialogBody>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </DialogActions>
    </>
  );
}
