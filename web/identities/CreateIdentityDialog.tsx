import { useState } from 'react';
import { MintDialog, type Minted } from './MintDialog.tsx';
import { CreateIdentityForm } from './CreateIdentityForm.tsx';

interface CreateProps {
  readonly team: { readonly id: string; readonly name: string };
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Makes an identity with its first credential. */
export function CreateIdentityDialog({ team, open, onClose }: CreateProps) {
  const [minted, setMinted] = useState<Minted & { name: string }>();
  const close = () => {
    setMinted(undefined);
    onClose();
  };
  return (
    <MintDialog
      open={open}
      onClose={close}
      minted={minted}
      title={minted ? `The identity ${minted.name}` : `New identity of ${team.name}`}
      description="It gets a first credential, and never more rights than you have in the team."
    >
      <CreateIdentityForm teamId={team.id} onClose={close} onMinted={setMinted} />
    </MintDialog>
  );
}
