import { useMutation } from '@connectrpc/connect-query';
import { MachineAccessService, type TesterSsh } from '#proto/muster/v1/machine_access_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { CheckField } from '../parts/CheckField.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { TextAreaField } from '../parts/TextAreaField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { endAfter, keyLifetimes } from './lifetime.ts';

/** Turns SSH on or off for a person, and manages their key. */
export function SshDialog({ tester, open, onClose }: { tester: TesterSsh; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`SSH of ${tester.name}`}
      description="With it on, their key comes onto the machines on whose access list they are."
    >
      <SshForm tester={tester} onClose={onClose} />
    </Dialog>
  );
}

function actionWords(was: boolean, is: boolean): string {
  if (was === is) return 'Save the key';
  return is ? 'Turn SSH on' : 'Turn SSH off';
}

/** As it is. */
const unchanged = -1;

function SshForm({ tester, onClose }: { tester: TesterSsh; onClose: () => void }) {
  const set = useMutation(MachineAccessService.method.setTesterSsh);
  const tell = useTell();
  const { userId, name, version, publicKey, expiresAt } = tester;
  const form = useForm({
    initial: { enabled: tester.enabled, public_key: publicKey, days: expiresAt ? unchanged : 0 },
    check: ({ enabled, public_key: key }) => ({
      public_key: enabled && key.trim() === '' ? 'Paste the line of their .pub file.' : undefined,
    }),
    submit: async ({ enabled, public_key: key, days }) => {
      const end = days === unchanged ? expiresAt : endAfter(days);
      await set.mutateAsync({ userId, enabled, publicKey: key, expiresAt: end, version });
      onClose();
      tell(enabled ? `SSH is on for ${name}.` : `SSH is off for ${name}.`);
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <CheckField
          {...form.bind('enabled')}
          label="SSH is on"
          help="Off takes their key off all machines and keeps it here."
        />
        <TextAreaField {...form.bind('public_key')} label="Public key" help="The line of their .pub file." />
        <SelectField
          {...form.bind('days')}
          label="Good for"
          choices={expiresAt ? [{ value: unchanged, label: 'As it is' }, ...keyLifetimes] : keyLifetimes}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.setTesterSsh(tester, form.values.enabled)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          {actionWords(tester.enabled, form.values.enabled)}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
