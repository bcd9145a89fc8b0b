import { useMutation } from '@connectrpc/connect-query';
import { useNavigate } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { useState } from 'react';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { SnapshotService, SnapshotState } from '#proto/muster/v1/snapshot_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { NumberField } from '../parts/Field.tsx';
import { PairsField, pairsError, pairsToMap, type Pair } from '../parts/PairsField.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { randomId } from '../random-id.ts';
import { lifetimes } from '../sandboxes/lifetimes.ts';
import { sandboxName } from '../sandboxes/name.ts';
import { QuotaPreview } from '../sandboxes/QuotaPreview.tsx';
import { durationOf } from '../time/duration.ts';
import { useSnapshots } from './useSnapshots.ts';
import { snapshotName } from './words.ts';

interface ForkDialogProps {
  readonly sandbox: Sandbox;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Makes sandboxes that begin with the files of another one. */
export function ForkDialog(props: ForkDialogProps) {
  const { sandbox, open, onClose } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Fork ${sandboxName(sandbox)}`}
      description="New sandboxes begin with its files, limits, environment and settings. Its processes are not copied."
    >
      <ForkForm {...props} />
    </Dialog>
  );
}

const noPairs: readonly Pair[] = [];
const initial = { count: 1, snapshot_id: '', timeout: 3600, metadata: noPairs };
type Values = typeof initial;

function ForkForm({ sandbox, onClose }: ForkDialogProps) {
  const fork = useMutation(SnapshotService.method.forkSandbox);
  const navigate = useNavigate();
  const tell = useTell();
  const snapshots = useSnapshots(sandbox.id);
  const [requestId] = useState(randomId);
  const [partly, setPartly] = useState<{ made: number; problems: readonly string[] }>();
  const request = ({ count, snapshot_id, timeout, metadata }: Values) => ({
    sandboxId: sandbox.id,
    snapshotId: snapshot_id,
    count: Number.isInteger(count) ? count : 1,
    timeout: durationOf(timeout),
    metadata: pairsToMap(metadata),
  });
  const form = useForm<Values>({
    initial,
    check: ({ count, metadata }) => ({
      count: Number.isInteger(count) && count >= 1 && count <= 100 ? undefined : 'Give a whole number from 1 to 100.',
      metadata: pairsError(metadata),
    }),
    submit: async (values) => {
      const { sandboxes, problems } = await fork.mutateAsync({ ...request(values), requestId });
      if (problems.length > 0) return setPartly({ made: sandboxes.length, problems });
      onClose();
      const only = sandboxes.length === 1 ? sandboxes[0] : undefined;
      tell(only ? 'The fork runs.' : `${sandboxes.length} forks run.`);
      await navigate(only ? paths.sandbox(only.id) : paths.sandboxes());
    },
  });
  const { limits } = sandbox;
  const count = form.values.count;
  const choices = [
    { value: '', label: 'As they are now' },
    ...(snapshots.data?.snapshots ?? [])
      .filter(({ state }) => state === SnapshotState.READY)
      .map((snapshot) => ({ value: snapshot.id, label: `As snapshot ${snapshotName(snapshot)} has them` })),
  ];
  return (
    <DialogForm form={form}>
      <DialogBody>
        <div className="grid gap-4 sm:grid-cols-2">
          <NumberField {...form.bind('count')} label="How many" min={1} max={100} />
          <SelectField {...form.bind('timeout')} label="Lifetime of each" choices={lifetimes} />
        </div>
        <SelectField {...form.bind('snapshot_id')} label="Its files" choices={choices} />
        {limits && <QuotaPreview asked={{ count, ...limits }} />}
        <PairsField {...form.bind('metadata')} label="Metadata" noun="pair" help="Added to what it has itself." />
        {form.problem && <ProblemNote problem={form.problem} />}
        {partly && (
          <div role="alert" className="flex gap-2.5 rounded-control bg-wrong-soft px-3 py-2.5 text-table">
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-wrong" />
            <div>
              <p className="font-medium">
                {partly.made} of {count} could be made.
              </p>
              {partly.problems.map((problem) => (
                <p key={problem} className="mt-0.5 text-ink-muted">
                  {problem}
                </p>
              ))}
            </div>
          </div>
        )}
        <AsCommand lines={commandLines.forkSandbox(request(form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>{partly ? 'Close' : 'Cancel'}</Button>
        {!partly && (
          <Button type="submit" look="primary" busy={form.busy}>
            {count > 1 ? `Make ${count} forks` : 'Make a fork'}
          </Button>
        )}
      </DialogActions>
    </DialogForm>
  );
}
