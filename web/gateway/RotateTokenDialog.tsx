import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { GatewayService, type GatewayToken } from '#proto/muster/v1/gateway_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { overlaps, usualOverlapSeconds } from '../credentials/expiry.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { durationOf } from '../time/duration.ts';
import { TokenSecret } from './TokenSecret.tsx';

interface RotateTokenProps {
  readonly token: GatewayToken;
  readonly onClose: () => void;
}

/** Gives a token another secret, shown once. */
export function RotateTokenDialog({ token, onClose }: RotateTokenProps) {
  const [secret, setSecret] = useState<string>();
  return (
    <Dialog
      open
      onClose={onClose}
      dismissible={secret === undefined}
      title={`Rotate ${token.name}`}
      description={secret === undefined ? 'It gets another secret. Its id and whose use it counts as stay.' : undefined}
    >
      {secret === undefined ? (
        <RotateForm token={token} onClose={onClose} onRotated={setSecret} />
      ) : (
        <TokenSecret secret={secret} onStored={onClose} />
      )}
    </Dialog>
  );
}

function RotateForm({ token, onClose, onRotated }: RotateTokenProps & { onRotated: (secret: string) => void }) {
  const { mutateAsync: rotate } = useMutation(GatewayService.method.rotateGatewayToken);
  const queries = useQueryClient();
  const form = useForm<{ overlap: number }>({
    initial: { overlap: usualOverlapSeconds },
    submit: async ({ overlap }) => {
      const { secret } = await rotate({ gatewayTokenId: token.id, overlap: durationOf(overlap) });
      onRotated(secret);
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
        <AsCommand lines={commandLines.rotateGatewayToken(token, form.values.overlap)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Rotate {token.name}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
