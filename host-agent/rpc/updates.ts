import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import { UpdateKind, type HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import { UpdateRefusal, type Updates } from '../updates/index.ts';
import { toWireError } from './errors.ts';

type Handlers = Pick<ServiceImpl<typeof HostAgentService>, 'applyUpdate' | 'stopUpdate'>;

const refusals = {
  not_offered: { code: Code.NotFound, reason: Reason.UPDATE_NOT_OFFERED },
  busy: { code: Code.FailedPrecondition, reason: Reason.WRONG_STATE },
} satisfies Record<UpdateRefusal['reason'], { code: Code; reason: Reason }>;

/** Updates of the components of this host, by the commands of its own config. */
export function updateHandlers(context: Context, updates: Updates): Handlers {
  const refusing = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UpdateRefusal)) throw toWireError(context, error);
      const { code, reason } = refusals[error.reason];
      throw new ConnectError(
        error.message,
        code,
        undefined,
        [{ desc: ErrorInfoSchema, value: { reason, field: 'component' } }],
        error,
      );
    }
  };
  return {
    applyUpdate: ({ updateId, component, kind, targetSha, fromSha, logOffset }) =>
      refusing(async () => {
        const { log, end } = await updates.apply({
          updateId,
          component,
          kind: kind === UpdateKind.RETURN ? 'return' : 'update',
          targetSha,
          fromSha,
          logOffset: Number(logOffset),
        });
        return { log, end };
      }),
    stopUpdate: ({ updateId }) =>
      refusing(async () => {
        await updates.stop(updateId);
        return {};
      }),
  };
}
