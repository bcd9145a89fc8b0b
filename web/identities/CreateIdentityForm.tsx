import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { IdentityEnvironment, IdentityScope, IdentityService } from '#proto/muster/v1/identity_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { daysOf, lifetimes, usualLifetimeDays } from '../credentials/expiry.ts';
import { HostChoice } from '../credentials/HostChoice.tsx';
import { teamRoleChoices } from '../credentials/roles.ts';
import { Button } from '../parts/Button.tsx';
import { DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { randomId } from '../random-id.ts';
import type { Minted } from './MintDialog.tsx';
import { ScopesField } from './ScopesField.tsx';
import { environmentChoices } from './words.ts';

interface CreateFormProps {
  readonly teamId: string;
  readonly onClose: () => void;
  readonly onMinted: (minted: Minted & { name: string }) => void;
}

interface Values extends Record<string, string | number | readonly IdentityScope[]> {
  name: string;
  environment: IdentityEnvironment;
  role: KeyRole;
  scopes: readonly IdentityScope[];
  bound_host_id: string;
  lifetime: number;
}

export function CreateIdentityForm({ teamId, onClose, onMinted }: CreateFormProps) {
  const { mutateAsync: make } = useMutation(IdentityService.method.createIdentity);
  const queries = useQueryClient();
  // A call that is repeated because its answer was lost makes no second identity.
  const [requestId] = useState(randomId);
  const form = useForm<Values>({
    initial: {
      name: '',
      environment: IdentityEnvironment.DEVELOPMENT,
      role: KeyRole.OPERATOR,
      scopes: [IdentityScope.SANDBOX_READ],
      bound_host_id: '',
      lifetime: usualLifetimeDays,
    },
    check: ({ name, scopes }) => ({
      name: name.trim() === '' ? 'Name it after what it does, such as “deploy-bot”.' : undefined,
      scopes: scopes.length === 0 ? 'Choose at least one: without a scope it may do nothing.' : undefined,
    }),
    submit: async (values) => {
      const request = requestOf(teamId, values);
      const { secret, approval } = await make({ ...request, requestId });
      onMinted({ secret, approval, name: request.name });
      void queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" placeholder="deploy-bot" maxLength={100} />
        <SelectField {...form.bind('environment')} label="Environment" choices={environmentChoices} />
        <SelectField
          {...form.bind('role')}
          label="Role"
          help="At most this; of it, the scopes."
          choices={teamRoleChoices}
        />
        <ScopesField {...form.bind('scopes')} />
        <HostChoice field={form.bind('bound_host_id')} />
        <SelectField {...form.bind('lifetime')} label="Lifetime of its credential" choices={lifetimes} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createIdentity(requestOf(teamId, form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          {form.values.environment === IdentityEnvironment.PRODUCTION ? 'Ask for approval' : 'Make identity'}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

const requestOf = (teamId: string, values: Values) => ({
  teamId,
  name: values.name.trim(),
  environment: values.environment,
  role: values.role,
  scopes: [...values.scopes],
  boundHostId: values.bound_host_id,
  lifetime: daysOf(values.lifetime),
});
