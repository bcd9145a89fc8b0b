import type { ReactNode } from 'react';
import { Button } from '../parts/Button.tsx';
import { DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { OneTimeSecret } from '../parts/OneTimeSecret.tsx';

interface StoreSecretProps {
  readonly label: string;
  /** Empty where the answer that showed it was lost on its way, and the call was repeated. */
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
      {secret === '' ? (
        <p>
          It was made, but the answer that showed its secret did not arrive, and it is shown only once. Rotate it to get
          one that you can store.
        </p>
      ) : (
        <OneTimeSecret label={label} secret={secret} lost={lost} />
      )}
      {secret !== '' && children}
    </DialogBody>
    <DialogActions>
      <Button look="primary" onClick={onStored}>
        {secret === '' ? 'Close' : 'I have stored it'}
      </Button>
    </DialogActions>
  </>
);
