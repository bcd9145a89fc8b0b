import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { GatewayService, type GatewayToken } from '#proto/muster/v1/gateway_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Confirm } from '../parts/Confirm.tsx';
import { useTell } from '../problems/useReport.ts';

/** Ends a token for good. */
export function RevokeTokenDialog({ token, onClose }: { token: GatewayToken; onClose: () => void }) {
  const { mutateAsync: revoke } = useMutation(GatewayService.method.revokeGatewayToken);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Revoke ${token.name}`}
      action={`Revoke ${token.name}`}
      onConfirm={async () => {
        await revoke({ gatewayTokenId: token.id });
        tell(`${token.name} is revoked.`);
        await queries.invalidateQueries();
      }}
      command={<AsCommand lines={commandLines.revokeGatewayToken(token)} />}
    >
      Whatever presents it is refused from its next request on. A token that sandboxes were given comes back only when
      the keys of its user are seeded anew.
    </Confirm>
  );
}
