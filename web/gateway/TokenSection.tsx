import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import type { GatewayToken } from '#proto/muster/v1/gateway_pb.js';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Switch } from '../parts/Switch.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RevokeTokenDialog } from './RevokeTokenDialog.tsx';
import { RotateTokenDialog } from './RotateTokenDialog.tsx';
import { TokenTable } from './TokenTable.tsx';
import { useGatewayTokens } from './useGateway.ts';

interface TokenSectionProps {
  /** Empty for all teams. */
  readonly teamId: string;
  readonly userId: string | undefined;
  readonly endedShown: boolean;
  readonly onEndedShown: (shown: boolean) => void;
  readonly onNew: () => void;
}

/** The tokens of a team, or of all. */
export function TokenSection({ teamId, userId, endedShown, onEndedShown, onNew }: TokenSectionProps) {
  const { tokens, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useGatewayTokens(
    teamId,
    endedShown,
  );
  const [rotating, setRotating] = useState<GatewayToken>();
  const [revoking, setRevoking] = useState<GatewayToken>();
  const newToken = (
    <Button icon={Plus} onClick={onNew}>
      New token
    </Button>
  );
  return (
    <Section
      title="Tokens"
      aside={
        <span className="flex flex-wrap items-center gap-4">
          <Switch
            label="Revoked tokens"
            on={endedShown}
            words={{ on: 'revoked tokens shown', off: 'revoked tokens hidden' }}
            onChange={onEndedShown}
          />
          {newToken}
        </span>
      }
    >
      {error && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
      {tokens === undefined && !error && <TableSkeleton columns={5} />}
      {tokens && (
        <TokenTable
          tokens={tokens.filter((token) => userId === undefined || token.userId === userId)}
          onRotate={setRotating}
          onRevoke={setRevoking}
          empty={
            <EmptyState
              icon={KeyRound}
              title="No tokens"
              command={commandLines.createGatewayToken({ teamId, userId: '', name: 'laptop' }).muster}
            >
              Sandboxes of testers get theirs by themselves. Make one for whatever else is to ask models through Muster.
            </EmptyState>
          }
        />
      )}
      {hasNextPage && (
        <Button className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more tokens
        </Button>
      )}
      {rotating && <RotateTokenDialog token={rotating} onClose={() => setRotating(undefined)} />}
      {revoking && <RevokeTokenDialog token={revoking} onClose={() => setRevoking(undefined)} />}
    </Section>
  );
}
