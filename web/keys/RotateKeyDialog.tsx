import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiKeyService, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { overlaps, usualOverlapSeconds } from '../credentials/expiry.ts';
import { StoreSecret } from '../credentials/StoreSecret.tsx';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { durationOf } from '../time/duration.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

/** Gives a key a new secret, shown once. */
export function RotateKeyDialog({ apiKey, open, onClose }: { apiKey: ApiKey; open: boolean; onClose: () => void }) {
  const [rotated, setRotated] = useState<{ key: ApiKey | undefined; secret: string }>();
  const close = () => {
    setRotated(undefined);
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      dismissible={rotated === undefined}
      title={`Rotate ${apiKey.name}`}
      description={
        rotated ? undefined : 'It gets a new secret and its lifetime anew. Its id, role and bindings stay as they are.'
      }
    >
      {rotated ? (
        <StoreSecret
          label="New secret"
          secret={rotated.secret}
          lost="It is shown this once. If it is lost, rotate the key again."
          onStored={close}
        >
          <p className="text-table text-ink-muted">
            {rotated.key?.overlapUntil ? (
              <>
                The old secret works on; it ends <RelativeTime at={rotated.key.overlapUntil} />.
              </>
            ) : (
              'The old secret does not work any more.'
            )}
          </p>
        </StoreSecret>
      ) : (
        <RotateForm apiKey={apiKey} onClose={close} onRotated={setRotated} />
      )}
    </Dialog>
  );
}

interface RotateFormProps {
  readonly apiKey: ApiKey;
  readonly onClose: () => void;
  readonly onRotated: (rotated: { key: ApiKey | undefined; secret: string }) => void;
}

function RotateForm({ apiKey, onClose, onRotated }: RotateFormProps) {
  const { mutateAsync: rotate } = useMutation(ApiKeyService.method.rotateApiKey);
  const queries = useQueryClient();
  const form = useForm<{ overlap: number }>({
    initial: { overlap: usualOverlapSeconds },
    submit: async ({ overlap }) => {
      const { key, secret } = await rotate({ keyId: apiKey.id, overlap: durationOf(overlap) });
      onRotated({ key, secret });
      void queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <SelectField
          {...form.bind('overlap')}
          label="The old secret works on for"
          help="Long enough to put the new one wherever the old one is."
          choices={overlaps}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.rotateKey(apiKey, form.values.overlap)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Rotate {apiKey.name}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
