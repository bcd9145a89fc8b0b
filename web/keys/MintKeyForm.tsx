import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiKeyService, KeyRole, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { daysOf, lifetimes, usualLifetimeDays } from '../credentials/expiry.ts';
import { HostChoice } from '../credentials/HostChoice.tsx';
import { orgRoleChoices, teamRoleChoices } from '../credentials/roles.ts';
import { Button } from '../parts/Button.tsx';
import { DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm, type FieldBinding } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { randomId } from '../random-id.ts';

interface MintKeyFormProps {
  /** Empty for keys of the installation. */
  readonly teamId: string;
  readonly onClose: () => void;
  readonly onMinted: (minted: { key: ApiKey | undefined; secret: string }) => void;
}

/** As in a list of lifetimes: until it is revoked. */
const never = 0;

interface Values extends Record<string, string | number> {
  name: string;
  role: KeyRole;
  lifetime: number;
  no_expiry_reason: string;
  bound_team_id: string;
  bound_host_id: string;
}

export function MintKeyForm({ teamId, onClose, onMinted }: MintKeyFormProps) {
  const { mutateAsync: mint } = useMutation(ApiKeyService.method.createApiKey);
  const queries = useQueryClient();
  // A call that is repeated because its answer was lost makes no second key.
  const [requestId] = useState(randomId);
  const form = useForm<Values>({
    initial: {
      name: '',
      role: KeyRole.OPERATOR,
      lifetime: usualLifetimeDays,
      no_expiry_reason: '',
      bound_team_id: '',
      bound_host_id: '',
    },
    check: ({ name, lifetime, no_expiry_reason }) => ({
      name: name.trim() === '' ? 'Say what it is for, such as “nightly build”.' : undefined,
      no_expiry_reason:
        lifetime === never && no_expiry_reason.trim() === ''
          ? 'Say why it must never end: whoever finds it later will ask.'
          : undefined,
    }),
    submit: async (values) => {
      const { key, secret } = await mint({ ...requestOf(teamId, values), requestId });
      onMinted({ key, secret });
      void queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" placeholder="nightly build" maxLength={100} />
        <SelectField {...form.bind('role')} label="Role" choices={teamId === '' ? orgRoleChoices : teamRoleChoices} />
        <SelectField
          {...form.bind('lifetime')}
          label="Lifetime"
          help="Rotating begins it anew."
          choices={[...lifetimes, { value: never, label: 'Never ends' }]}
        />
        {form.values.lifetime === never && (
          <TextField {...form.bind('no_expiry_reason')} label="Why it never ends" maxLength={200} />
        )}
        {teamId === '' && <TeamChoice field={form.bind('bound_team_id')} />}
        <HostChoice field={form.bind('bound_host_id')} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.mintKey(requestOf(teamId, form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Mint key
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

const requestOf = (teamId: string, values: Values) => ({
  teamId,
  name: values.name.trim(),
  role: values.role,
  boundTeamId: values.bound_team_id,
  boundHostId: values.bound_host_id,
  ...(values.lifetime === never
    ? { noExpiryReason: values.no_expiry_reason.trim() }
    : { lifetime: daysOf(values.lifetime) }),
});

/** Confines a key of the installation to one team, or to none. */
function TeamChoice({ field }: { field: FieldBinding<string> }) {
  const { data } = useQuery(TeamService.method.listTeams, { all: true, pageSize: 1000 }, { staleTime: 10_000 });
  const teams = (data?.teams ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <SelectField
      {...field}
      label="Team"
      help="Confined to a team, it works in that team alone."
      choices={[{ value: '', label: 'Every team' }, ...teams]}
    />
  );
}
