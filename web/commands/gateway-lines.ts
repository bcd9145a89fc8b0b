import type { MessageInitShape } from '@bufbuild/protobuf';
import { GatewayService, type GatewayToken, type SetGatewayCapsRequestSchema } from '#proto/muster/v1/gateway_pb.js';
import { durationOf } from '../time/duration.ts';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { musterLine, option } from './muster-line.ts';

const scope = (teamId: string): string[] => (teamId === '' ? ['--all-teams'] : option('team', teamId));

/** The commands that do what the page of the model gateway does. */
export function gatewayLines(origin: string) {
  const muster = musterLine(origin);
  const { method } = GatewayService;
  return {
    gatewayUsage: (teamId: string, days: number): CommandLines => ({
      muster: muster('gateway', 'usage', scope(teamId), option('days', String(days))),
      curl: bufCurl(method.getGatewayUsage, { teamId, days }, origin),
    }),
    setGatewayCaps: (request: MessageInitShape<typeof SetGatewayCapsRequestSchema>): CommandLines => ({
      muster: muster(
        'gateway',
        'caps',
        'set',
        option('user', request.userId),
        request.caps
          ? [
              ...option('day', String(request.caps.tokensPerDay)),
              ...option('month', String(request.caps.tokensPerMonth)),
            ]
          : '--default',
      ),
      curl: bufCurl(method.setGatewayCaps, request, origin),
    }),
    createGatewayToken: (request: { teamId: string; userId: string; name: string }): CommandLines => ({
      muster: muster(
        'gateway',
        'tokens',
        'create',
        shellQuote(request.name || 'NAME'),
        option('team', request.teamId),
        option('user', request.userId),
      ),
      curl: bufCurl(method.createGatewayToken, request, origin),
    }),
    rotateGatewayToken: ({ id }: GatewayToken, overlapSeconds: number): CommandLines => ({
      muster: muster(
        'gateway',
        'tokens',
        'rotate',
        id,
        option('overlap', overlapSeconds === 0 ? undefined : `${overlapSeconds}s`),
      ),
      curl: bufCurl(method.rotateGatewayToken, { gatewayTokenId: id, overlap: durationOf(overlapSeconds) }, origin),
    }),
    revokeGatewayToken: ({ id }: GatewayToken): CommandLines => ({
      muster: muster('gateway', 'tokens', 'revoke', id),
      curl: bufCurl(method.revokeGatewayToken, { gatewayTokenId: id }, origin),
    }),
  };
}
