import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { useMutation } from '@connectrpc/connect-query';
import { FleetService, type FleetComponent } from '#proto/muster/v1/fleet_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useReport, useTell } from '../problems/useReport.ts';

const ends = [
  { value: 0, label: 'When somebody unpins it' },
  { value: 1, label: 'In a day' },
  { value: 7, label: 'In a week' },
  { value: 30, label: 'In 30 days' },
] as const;

interface PinDialogProps {
  readonly hostId: string;
  readonly component: FleetComponent;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Holds a component at a commit, with the reason that others will read. */
export function PinDialog({ hostId, component, open, onClose }: PinDialogProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Pin ${component.component}`}
      description="It is held at a commit: as wanted there, but never green. Elsewhere it is judged against that commit."
    >
      <PinForm hostId={hostId} component={component} onClose={onClose} />
    </Dialog>
  );
}

function PinForm({ hostId, component, onClose }: Omit<PinDialogProps, 'open'>) {
  const pin = useMutation(FleetService.method.pinComponent);
  const unpin = useUnpin();
  const tell = useTell();
  const form = useForm<{ sha: string; reason: string; days: number }>({
    initial: { sha: component.pin?.sha ?? component.running?.sha ?? '', reason: component.pin?.reason ?? '', days: 0 },
    check: ({ sha, reason }) => ({
      sha: /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(sha.trim())
        ? undefined
        : 'Give the full commit id, as git rev-parse prints it: a short one may stand for another commit tomorrow.',
      reason: reason.trim() === '' ? 'Say why: others will see it wherever the component is.' : undefined,
    }),
    submit: async ({ sha, reason, days }) => {
      const until = days > 0 ? timestampFromMs(Date.now() + days * 86_400_000) : undefined;
      await pin.mutateAsync({
        hostId,
        component: component.component,
        sha: sha.trim(),
        reason: reason.trim(),
        ...(until && { until }),
      });
      onClose();
      tell(`${component.component} is pinned.`, () => unpin(hostId, component.component));
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('sha')} label="Commit" help="At first the one that runs." maxLength={64} />
        <TextField
          {...form.bind('reason')}
          label="Reason"
          help="Shown wherever the component is, and kept in the audit log."
          placeholder="The printer needs the old driver"
          maxLength={200}
        />
        <SelectField {...form.bind('days')} label="Ends" choices={ends} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand
          lines={commandLines.pinComponent(hostId, component.component, form.values.sha, form.values.reason)}
        />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Pin component
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

/** Lets a component follow its branch again. */
export function useUnpin(): (hostId: string, component: string) => void {
  const report = useReport();
  const tell = useTell();
  const unpin = useMutation(FleetService.method.unpinComponent, {
    onError: report,
    onSuccess: () => tell('The component follows its branch again.'),
  });
  return (hostId, component) => unpin.mutate({ hostId, component });
}
