import { useMutation } from '@connectrpc/connect-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { SnapshotService, SnapshotState } from '#proto/muster/v1/snapshot_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { randomId } from '../random-id.ts';
import { sandboxName } from '../sandboxes/name.ts';
import { useTeamUsage } from '../sandboxes/QuotaPreview.tsx';

interface TakeSnapshotProps {
  readonly sandbox: Sandbox;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Keeps a sandbox's files as they are, and shows the snapshot. */
export function TakeSnapshotDialog(props: TakeSnapshotProps) {
  const { sandbox, open, onClose } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Take a snapshot of ${sandboxName(sandbox)}`}
      description={`Its files are kept as they are now; new sandboxes can begin with them, on any host. Its processes are not copied.${
        sandbox.observed === ObservedState.RUNNING ? ' They stand still while it is taken.' : ''
      }`}
    >
      <TakeSnapshotForm {...props} />
    </Dialog>
  );
}

function TakeSnapshotForm({ sandbox, onClose }: TakeSnapshotProps) {
  const take = useMutation(SnapshotService.method.createSnapshot);
  const navigate = useNavigate();
  const tell = useTell();
  const [requestId] = useState(randomId);
  const request = (name: string) => ({ sandboxId: sandbox.id, name: name.trim() });
  const form = useForm({
    initial: { name: '' },
    submit: async ({ name }) => {
      const { snapshot } = await take.mutateAsync({ ...request(name), requestId });
      onClose();
      if (snapshot === undefined) return;
      if (snapshot.state === SnapshotState.READY) tell('The snapshot is taken.');
      await navigate(paths.snapshot({ sandbox: sandbox.id }, snapshot.id));
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('name')}
          label="What it is for"
          optional
          placeholder="before the upgrade"
          maxLength={100}
        />
        <SnapshotQuota />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createSnapshot(request(form.values.name))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Take snapshot
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

/** What this takes of the team's quota, before it refuses. Nothing where there is no limit. */
function SnapshotQuota() {
  const { used, quota } = useTeamUsage();
  if (!used || !quota || quota.snapshots === 0) return null;
  const full = used.snapshots >= quota.snapshots;
  return (
    <p role="status" className={full ? 'text-small text-wrong' : 'text-small text-ink-faint'}>
      Your team keeps {used.snapshots} of {quota.snapshots} snapshots
      {full ? ': delete one first.' : '.'}
    </p>
  );
}
