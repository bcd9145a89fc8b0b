import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { HostService, type Host, type JoinToken } from '#proto/muster/v1/host_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { JoinSteps } from './JoinSteps.tsx';

/** Mints a new join token for a host that exists, and waits for the machine. */
export function JoinAgainDialog({ host, open, onClose }: { host: Host; open: boolean; onClose: () => void }) {
  // The host as it was when the token was made: its join is told from the one before.
  const [minted, setMinted] = useState<{ host: Host; joinToken: JoinToken }>();
  const createToken = useMutation(HostService.method.createJoinToken, {
    onSuccess: ({ joinToken }) => joinToken && setMinted({ host, joinToken }),
  });
  const close = () => {
    onClose();
    setMinted(undefined);
    createToken.reset();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      dismissible={minted === undefined}
      wide={minted !== undefined}
      title={minted ? `Join ${host.name}` : `New join token for ${host.name}`}
      description={
        minted
          ? 'Run this on the machine, as root. The token works once.'
          : 'For a machine whose token was lost or has expired, or that was set up anew. The host keeps its name, its history and its sandboxes.'
      }
    >
      {minted ? (
        <JoinSteps {...minted} live={host} onClose={close} />
      ) : (
        <>
          <DialogBody>
            <p className="text-table text-ink-muted">
              Tokens made before end now. What runs under the present credentials goes on until the new token is used.
            </p>
            {createToken.error && <ProblemNote problem={toProblem(createToken.error)} />}
            <AsCommand lines={commandLines.createJoinToken(host.id)} />
          </DialogBody>
          <DialogActions>
            <Button onClick={close}>Cancel</Button>
            <Button look="primary" busy={createToken.isPending} onClick={() => createToken.mutate({ hostId: host.id })}>
              Make a join token
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  );
}
