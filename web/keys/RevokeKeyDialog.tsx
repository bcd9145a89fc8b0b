import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { ApiKeyService, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { useTell } from '../problems/useReport.ts';

/** Ends a key for good, once its name was typed. */
export function RevokeKeyDialog({ apiKey, open, onClose }: { apiKey: ApiKey; open: boolean; onClose: () => void }) {
  const revoke = useMutation(ApiKeyService.method.revokeApiKey);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <ConfirmByName
      open={open}
      onClose={onClose}
      title={`Revoke ${apiKey.name}`}
      name={apiKey.name}
      action={`Revoke ${apiKey.name}`}
      onConfirm={async () => {
        await revoke.mutateAsync({ keyId: apiKey.id });
        tell(`${apiKey.name} is revoked.`);
        await queries.invalidateQueries();
      }}
      command={<AsCommand lines={commandLines.revokeKey(apiKey)} />}
    >
      Whatever uses it is refused from its next request on. What runs goes on. This cannot be undone.
      {apiKey.createdBy === 'bootstrap' &&
        ' The key in the environment stays revoked, also after a restart: take it out of MUSTER_BOOTSTRAP_KEY.'}
    </ConfirmByName>
  );
}
