import type { ReactNode } from 'react';
import { Button } from '../parts/Button.tsx';
import { DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { OneTimeSecret } from '../parts/OneTimeSecret.tsx';

interface StoreSecretProps {
  readonly label: string;
  readonly secret: string;
  readonly lost: string;
  readonly onStored: () => void;
  /** What to do with it. */
  readonly children?: ReactNode;
}

/** The last step of a dialog that made a secret: it is gone with the dialog. */
export const StoreSecret = ({ label, secret, lost, onStored, children }: StoreSecretProps) => (
  <>
    <DialogBody>
      <OneTimeSecret label={label} secret={secret} lost={lost} />
      {children}
    </DialogBody>
    <DialogActions>
      <Button look="primary" onClick={onStored}>
        I have stored it
      </Button>
    </DialogActions>
  </>
);
