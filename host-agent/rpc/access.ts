import { timestampFromDate, timestampMs } from '@bufbuild/protobuf/wkt';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import type { AccessReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { AccessKeyKind, type HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import type { AccessReport, MachineAccess } from '../machine-access/index.ts';
import { toWireError } from './errors.ts';

/** Whose SSH keys are on this machine. */
export function accessHandlers(
  context: Context,
  access: MachineAccess,
  instanceId: string,
): Pick<ServiceImpl<typeof HostAgentService>, 'applyAccess'> {
  return {
    async applyAccess({ generation, revision, keys }) {
      try {
        const report = await access.apply(context, {
          generation,
          revision,
          keys: keys.map(({ id, kind, publicKey, expiresAt }) => ({
            id,
            kind: kind === AccessKeyKind.SUPPORT ? 'support' : 'tester',
            publicKey,
            ...(expiresAt && { expiresAtMs: timestampMs(expiresAt) }),
          })),
        });
        return { report: toAccessReport(report, instanceId) };
      } catch (error) {
        throw toWireError(context, error);
      }
    },
  };
}

/** As it is told with heartbeats, too. */
export const toAccessReport = (
  report: AccessReport,
  instanceId: string,
): MessageInitShape<typeof AccessReportSchema> => ({
  ...report,
  instanceId,
  accounts: report.accounts.map(({ repairedAt, ...account }) => ({
    ...account,
    ...(repairedAt && { repairedAt: timestampFromDate(repairedAt) }),
  })),
  keyIds: [...report.keyIds],
});
