import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { HostService, type Host, type JoinToken } from '#proto/muster/v1/host_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { PairsField, pairsError, pairsToMap, type Pair } from '../parts/PairsField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useHosts } from './feed.ts';
import { JoinSteps } from './JoinSteps.tsx';

interface Registered {
  readonly host: Host;
  readonly joinToken: JoinToken;
}

/** Registers a machine, shows its token once, and waits until the machine has joined. */
export function AddHostDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
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
          ? 'A host is a machine of yours that runs sandboxes. It joins with a one-time token.'
          : 'Run this on the machine, as root. The token works once.'
      }
    >
      {registered === undefined ? (
        <AddHostForm onClose={close} onRegistered={setRegistered} />
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
  onClose,
  onRegistered,
}: {
  onClose: () => void;
  onRegistered: (registered: Registered) => void;
}) {
  const createHost = useMutation(HostService.method.createHost);
  const [requestId] = useState(() => crypto.randomUUID());
  const form = useForm({
    initial: { name: '', labels: noLabels },
    check: ({ name, labels }) => ({
      name: name.trim() === '' ? 'Give the host a name, such as builder-1.' : undefined,
      labels: pairsError(labels),
    }),
    submit: async ({ name, labels }) => {
      const { host, joinToken } = await createHost.mutateAsync({
        name: name.trim(),
        labels: pairsToMap(labels),
        requestId,
      });
      if (host && joinToken) onRegistered({ host, joinToken });
      else onClose();
    },
  });
  const request = { name: form.values.name.trim(), labels: pairsToMap(form.values.labels) };
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('name')}
          label="Name"
          help="Lower-case letters, digits and hyphens. Unique among your hosts."
          placeholder="builder-1"
          mono
          spellCheck={false}
        />
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
