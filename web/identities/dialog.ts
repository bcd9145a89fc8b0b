import type { Identity } from '#proto/muster/v1/identity_pb.js';

/** What the dialogs about an identity need. */
export interface IdentityDialogProps {
  readonly identity: Identity;
  readonly open: boolean;
  readonly onClose: () => void;
}
