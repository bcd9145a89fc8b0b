import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { IdentityService } from '#proto/muster/v1/identity_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { useTell } from '../problems/useReport.ts';
import type { IdentityDialogProps } from './dialog.ts';

/** Ends an identity for good, once its name was typed. */
export function RevokeIdentityDialog({ identity, open, onClose }: IdentityDialogProps) {
  const revoke = useMutation(IdentityService.method.revokeIdentity);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <ConfirmByName
      open={open}
      onClose={onClose}
      title={`Revoke ${identity.name}`}
      name={identity.name}
      action={`Revoke ${identity.name}`}
      onConfirm={async () => {
        await revoke.mutateAsync({ identityId: identity.id });
        tell(`${identity.name} is revoked.`);
        await queries.invalidateQueries();
      }}
      command={<AsCommand lines={commandLines.revokeIdentity(identity.id)} />}
    >
      It and all its credentials end from the next request on, for good. Its name is free again. To stop it for a while,
      pause it instead.
    </ConfirmByName>
  );
}
