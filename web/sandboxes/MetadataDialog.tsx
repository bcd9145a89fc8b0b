import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { PairsField, pairsError, pairsOf, pairsToMap } from '../parts/PairsField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { metadataChange, ownPairs } from './metadata-change.ts';
import { sandboxName } from './name.ts';

interface MetadataDialogProps {
  readonly sandbox: Sandbox;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Changes what a sandbox is found by, its name among it. */
export function MetadataDialog(props: MetadataDialogProps) {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={`Metadata of ${sandboxName(props.sandbox)}`}
      description="What you find and filter sandboxes by; name is what lists call it."
    >
      <MetadataForm {...props} />
    </Dialog>
  );
}

function MetadataForm({ sandbox, onClose }: MetadataDialogProps) {
  const update = useMutation(SandboxService.method.updateSandboxMetadata);
  const tell = useTell();
  // What somebody else changes meanwhile stays: only what differs from what was shown is sent.
  const [shown] = useState(() => ownPairs(sandbox.metadata));
  const form = useForm({
    initial: { set: pairsOf(shown) },
    check: ({ set }) => ({ set: pairsError(set) }),
    submit: async ({ set }) => {
      const change = metadataChange(shown, pairsToMap(set));
      if (change) await update.mutateAsync({ sandboxId: sandbox.id, ...change });
      onClose();
      tell(change ? 'The metadata is set.' : 'Nothing was changed.');
    },
  });
  const change = metadataChange(shown, pairsToMap(form.values.set));
  return (
    <DialogForm form={form}>
      <DialogBody>
        <PairsField {...form.bind('set')} label="Metadata" noun="pair" />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.setMetadata({ sandboxId: sandbox.id, ...change })} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Set metadata
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
