import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { IdentityService } from '#proto/muster/v1/identity_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Confirm } from '../parts/Confirm.tsx';
import { useTell } from '../problems/useReport.ts';
import type { IdentityDialogProps } from './dialog.ts';

/** Stops an identity until it is resumed. */
export function PauseDialog({ identity, open, onClose }: IdentityDialogProps) {
  const pause = useMutation(IdentityService.method.pauseIdentity);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Pause ${identity.name}`}
      action={`Pause ${identity.name}`}
      look="primary"
      onConfirm={async () => {
        await pause.mutateAsync({ identityId: identity.id });
        tell(`${identity.name} is paused.`);
        await queries.invalidateQueries();
      }}
      command={<AsCommand lines={commandLines.pauseIdentity(identity.id)} />}
    >
      All its credentials are refused from the next request on, until it is resumed. What it has started goes on.
    </Confirm>
  );
}
