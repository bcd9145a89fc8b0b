import { useMutation } from '@connectrpc/connect-query';
import { FleetService, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { TextAreaField } from '../parts/TextAreaField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

interface TrustKeyDialogProps {
  readonly repository: Repository;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Takes the public key that CI signs with. */
export function TrustKeyDialog(props: TrustKeyDialogProps) {
  const { repository, open, onClose } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Trust a key for ${repository.name}`}
      description="What it signs as built from a commit of this repository is verified. CI publishes it with each build."
    >
      <TrustKeyForm {...props} />
    </Dialog>
  );
}

function TrustKeyForm({ repository, onClose }: TrustKeyDialogProps) {
  const add = useMutation(FleetService.method.addProvenanceKey);
  const tell = useTell();
  const form = useForm({
    initial: { name: '', public_key: '' },
    check: ({ name, public_key: key }) => ({
      name: name.trim() === '' ? 'Give it a name, such as the pipeline that holds it.' : undefined,
      public_key: key.trim() === '' ? 'Give the public key, from its BEGIN to its END line.' : undefined,
    }),
    submit: async ({ name, public_key: key }) => {
      await add.mutateAsync({ repositoryId: repository.id, name: name.trim(), publicKey: `${key.trim()}\n` });
      onClose();
      tell(`${repository.name} trusts what ${name.trim()} signs.`);
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" help="Such as the pipeline that holds the private key." />
        <TextAreaField {...form.bind('public_key')} label="Public key" help="PEM of an Ed25519 or ECDSA P-256 key." />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.trustKey(repository.name, repository.id)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Trust key
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
