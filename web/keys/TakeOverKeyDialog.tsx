import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { ApiKeyService, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Confirm } from '../parts/Confirm.tsx';
import { useTell } from '../problems/useReport.ts';

/** Lets a key whose maker has left work again, by the rights of who takes it over. */
export function TakeOverKeyDialog({ apiKey, open, onClose }: { apiKey: ApiKey; open: boolean; onClose: () => void }) {
  const takeOver = useMutation(ApiKeyService.method.takeOverApiKey);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Take ${apiKey.name} over`}
      action={`Take ${apiKey.name} over`}
      look="primary"
      onConfirm={async () => {
        await takeOver.mutateAsync({ keyId: apiKey.id });
        tell(`${apiKey.name} works again, by your rights.`);
        await queries.invalidateQueries();
      }}
      command={<AsCommand lines={commandLines.takeOverKey(apiKey)} />}
    >
      It works again with the secret that it has, by your rights instead of those of {apiKey.makerName || 'its maker'}.
      Rotate it afterwards, where they may still know the secret.
    </Confirm>
  );
}
