import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { HostService, type Host, type JoinToken } from '#proto/muster/v1/host_pb.js';
import type { Team } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { PairsField, pairsError, pairsToMap, type Pair } from '../parts/PairsField.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { randomId } from '../random-id.ts';
import { useHosts } from './feed.ts';
import { JoinSteps } from './JoinSteps.tsx';
import { useOwners } from './useOwners.ts';

interface Registered {
  readonly host: Host;
  readonly joinToken: JoinToken;
}

interface AddHostDialogProps {
  readonly open: boolean;
  /** The team that it is for; undefined where the caller chooses. */
  readonly team?: Pick<Team, 'id' | 'name'> | undefined;
  readonly onClose: () => void;
}

/** Registers a machine, shows its token once, and waits until the machine has joined. */
export function AddHostDialog({ open, team, onClose }: AddHostDialogProps) {
  const [registered, setRegistered] = useState<Registered>();
  const close = () => {
    onClose();
    setRegistered(undefined);
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      dismissible={registered === undefined}
      wide={registered !== undefined}
      title={registered === undefined ? 'Add a host' : `Join ${registered.host.name}`}
      description={
        registered === undefined
          ? team
            ? `A machine of ${team.name}: only its sandboxes run there, and only it sees it. It joins with a one-time token.`
            : 'A host is a machine of yours that runs sandboxes. It joins with a one-time token.'
          : 'Run this on the machine, as root. The token works once.'
      }
    >
      {registered === undefined ? (
        <AddHostForm team={team} onClose={close} onRegistered={setRegistered} />
      ) : (
        <WaitForHost registered={registered} onClose={close} />
      )}
    </Dialog>
  );
}

/** Reads the list's own stream: the page behind the dialog has it open. */
function WaitForHost({ registered, onClose }: { registered: Registered; onClose: () => void }) {
  const live = useHosts().state?.find((host) => host.id === registered.host.id);
  return <JoinSteps {...registered} live={live} onClose={onClose} />;
}

const noLabels: readonly Pair[] = [];

function AddHostForm({
  team,
  onClose,
  onRegistered,
}: {
  team: AddHostDialogProps['team'];
  onClose: () => void;
  onRegistered: (registered: Registered) => void;
}) {
  const createHost = useMutation(HostService.method.createHost);
  const [requestId] = useState(randomId);
  const owners = useOwners();
  const form = useForm({
    initial: { name: '', labels: noLabels, team_id: team?.id ?? '' },
    check: ({ name, labels }) => ({
      name: name.trim() === '' ? 'Give the host a name, such as builder-1.' : undefined,
      labels: pairsError(labels),
    }),
    submit: async ({ name, labels, team_id: teamId }) => {
      const { host, joinToken } = await createHost.mutateAsync({
        name: name.trim(),
        labels: pairsToMap(labels),
        teamId,
        requestId,
      });
      if (host && joinToken) onRegistered({ host, joinToken });
      else onClose();
    },
  });
  const { name, labels, team_id: teamId } = form.values;
  const request = { name: name.trim(), labels: pairsToMap(labels), teamId };
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('name')}
          label="Name"
          help="Lower-case letters, digits and hyphens. Unique among its owner’s hosts."
          placeholder="builder-1"
          mono
          spellCheck={false}
        />
        {!team && owners.length > 1 && (
          <SelectField
            {...form.bind('team_id')}
            label="Owner"
            help="A team’s own host runs its sandboxes alone; no other team sees it."
            choices={owners}
          />
        )}
        <PairsField
          {...form.bind('labels')}
          label="Labels"
          noun="label"
          help="Sandboxes can ask for hosts with certain labels, such as zone = cellar."
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createHost(request)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Add host
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
