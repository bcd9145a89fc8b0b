import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { AuthService, type ListPasskeysResponse } from '#proto/muster/v1/auth_pb.js';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RecoveryCodes } from './RecoveryCodes.tsx';
import { codesSentence } from './sentence.ts';
import { useConfirmation } from './useConfirmation.tsx';

/** How many recovery codes are left, and new ones. */
export function RecoveryCodesLeft({ factor }: { factor: ListPasskeysResponse }) {
  const [making, setMaking] = useState(false);
  return (
    <Section title="Recovery codes">
      <Panel className="flex flex-wrap items-center justify-between gap-3 p-4">
        <p className="text-table text-ink-muted">{codesSentence(factor.recoveryCodesLeft)}</p>
        <Button
          icon={RotateCw}
          disabledReason={factor.passkeys.length === 0 ? 'Add a passkey first: the codes stand in for one.' : undefined}
          onClick={() => setMaking(true)}
        >
          Make new codes
        </Button>
      </Panel>
      <NewCodesDialog open={making} passkeyOrigin={factor.passkeyOrigin} onClose={() => setMaking(false)} />
    </Section>
  );
}

interface NewCodesProps {
  readonly passkeyOrigin: string;
  readonly onClose: () => void;
}

function NewCodesDialog({ open, passkeyOrigin, onClose }: NewCodesProps & { open: boolean }) {
  const [codes, setCodes] = useState<readonly string[]>();
  const close = () => {
    onClose();
    setCodes(undefined);
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      dismissible={codes === undefined}
      title={codes ? 'Your new recovery codes' : 'Make new recovery codes'}
    >
      {codes ? (
        <>
          <DialogBody>
            <RecoveryCodes codes={codes} />
          </DialogBody>
          <DialogActions>
            <Button look="primary" onClick={close}>
              I have stored them
            </Button>
          </DialogActions>
        </>
      ) : (
        <NewCodesForm passkeyOrigin={passkeyOrigin} onClose={close} onMade={setCodes} />
      )}
    </Dialog>
  );
}

function NewCodesForm({
  passkeyOrigin,
  onClose,
  onMade,
}: NewCodesProps & { onMade: (codes: readonly string[]) => void }) {
  const create = useMutation(AuthService.method.createRecoveryCodes);
  const queries = useQueryClient();
  const { confirmed, dialog } = useConfirmation(passkeyOrigin);
  const form = useForm({
    initial: {},
    submit: async () => {
      const made = await confirmed(() => create.mutateAsync({}));
      if (made === undefined) return;
      onMade(made.recoveryCodes);
      await queries.invalidateQueries();
    },
  });
  return (
    <>
      <DialogForm form={form}>
        <DialogBody>
          <p className="text-table text-ink-muted">You get ten new codes. The ones that you have stop working.</p>
          {form.problem && <ProblemNote problem={form.problem} />}
        </DialogBody>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={form.busy}>
            Make new codes
          </Button>
        </DialogActions>
      </DialogForm>
      {dialog}
    </>
  );
}
