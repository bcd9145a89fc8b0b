import type { ReactNode } from 'react';
import type { Approval } from '#proto/muster/v1/identity_pb.js';
import { Waiting } from '../approvals/Waiting.tsx';
import { StoreSecret } from '../credentials/StoreSecret.tsx';
import { Dialog } from '../parts/Dialog.tsx';

/** What came of a call that makes a credential: its secret, or the request that waits. */
export interface Minted {
  readonly secret: string;
  readonly approval?: Approval | undefined;
}

interface MintDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: string;
  readonly minted: Minted | undefined;
  readonly children: ReactNode;
}

/** A dialog that makes a credential: its form first, then the secret that is shown once, or that it waits. */
export function MintDialog({ open, onClose, title, description, minted, children }: MintDialogProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      dismissible={minted === undefined || minted.secret === ''}
      title={title}
      description={minted ? undefined : description}
    >
      {minted === undefined ? (
        children
      ) : minted.approval ? (
        <Waiting approval={minted.approval} onClose={onClose} />
      ) : (
        <StoreSecret
          label="Credential"
          secret={minted.secret}
          lost="It is shown this once. If it is lost, rotate this credential, or give the identity another one."
          onStored={onClose}
        >
          <p className="text-table text-ink-muted">
            It is presented as a bearer token; the command line reads it from{' '}
            <code className="text-code">MUSTER_TOKEN</code>.
          </p>
        </StoreSecret>
      )}
    </Dialog>
  );
}
