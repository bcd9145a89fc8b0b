import { useState } from 'react';
import { KeyRole, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { StoreSecret } from '../credentials/StoreSecret.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { MintKeyForm } from './MintKeyForm.tsx';

interface MintKeyProps {
  /** Undefined for keys of the installation. */
  readonly team: { readonly id: string; readonly name: string } | undefined;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Mints a key; its secret is shown once, and gone with the dialog. */
export function MintKeyDialog({ team, open, onClose }: MintKeyProps) {
  const [minted, setMinted] = useState<{ key: ApiKey | undefined; secret: string }>();
  const close = () => {
    setMinted(undefined);
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      dismissible={minted === undefined}
      title={
        minted?.key ? `The key ${minted.key.name}` : team ? `New key of ${team.name}` : 'New key of the installation'
      }
      description={minted ? undefined : 'It never grants more than you may yourself, at every request.'}
    >
      {minted ? (
        <StoreSecret
          label="Key"
          secret={minted.secret}
          lost="It is shown this once. If it is lost, rotate the key: its id and role stay."
          onStored={close}
        >
          <p className="text-table text-ink-muted">
            Programs present it as <code className="text-code">X-API-Key</code>
            {team ? (
              <>
                {' '}
                or <code className="text-code">OPEN-SANDBOX-API-KEY</code>
              </>
            ) : (
              ' or as a bearer token'
            )}
            ; the command line reads it from <code className="text-code">MUSTER_TOKEN</code>.
            {minted.key?.role === KeyRole.ADMIN &&
              ' It may do what a platform admin may: keep it as you keep a password.'}
          </p>
        </StoreSecret>
      ) : (
        <MintKeyForm teamId={team?.id ?? ''} onClose={close} onMinted={setMinted} />
      )}
    </Dialog>
  );
}
