import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  DriftDecision,
  HostService,
  UnknownSandboxDecision,
  type SettleUnknownSandboxRequestSchema,
} from '#proto/muster/v1/host_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl } from './buf-curl.ts';
import { musterLine, option } from './muster-line.ts';

/** The commands for what the database and its hosts do not agree about. */
export const driftLines = (origin: string) => ({
  settleDrift: (decision: DriftDecision, reason: string): CommandLines => ({
    muster: musterLine(origin)(
      'hosts',
      'drift',
      decision === DriftDecision.ACCEPT ? '--accept' : '--open-window',
      option('reason', reason || 'REASON'),
    ),
    curl: bufCurl(HostService.method.settleDrift, { decision, reason }, origin),
  }),
  settleUnknownSandbox: (request: MessageInitShape<typeof SettleUnknownSandboxRequestSchema>): CommandLines => ({
    muster: musterLine(origin)(
      'hosts',
      'settle-unknown',
      request.hostId ?? 'HOST',
      request.sandboxId ?? 'SANDBOX',
      request.decision === UnknownSandboxDecision.RELEASE ? '--release' : '--destroy',
      option('reason', request.reason || 'REASON'),
    ),
    curl: bufCurl(HostService.method.settleUnknownSandbox, request, origin),
  }),
});
