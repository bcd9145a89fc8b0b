import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type {
  HandleProcessRequest,
  HandleProcessResponseSchema,
  HostAgentService,
} from '#proto/muster/agent/v1/host_agent_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import { ProcessError, type ProcessErrorReason } from '../processes/index.ts';
import type { Sandboxes } from '../sandboxes/index.ts';
import { toWireError } from './errors.ts';
import { toAttachResponse, toProcess, toStartSpec } from './process-messages.ts';

type ProcessHandlers = Pick<ServiceImpl<typeof HostAgentService>, 'handleProcess' | 'attachProcess'>;
type Answer = MessageInitShape<typeof HandleProcessResponseSchema>['response'];

const wireErrors = {
  no_process: { code: Code.NotFound, reason: Reason.NOT_FOUND },
  wrong_state: { code: Code.FailedPrecondition, reason: Reason.WRONG_STATE },
  out_of_range: { code: Code.OutOfRange, reason: Reason.INVALID_FIELD },
  limit: { code: Code.ResourceExhausted, reason: Reason.SANDBOX_LIMIT },
  lost: { code: Code.Unavailable, reason: Reason.HOST_UNREACHABLE },
} satisfies Record<ProcessErrorReason, { code: Code; reason: Reason }>;

/** What a call on processes threw, as the control plane is told it. */
export function toProcessWireError(context: Context, error: unknown): ConnectError {
  if (!(error instanceof ProcessError)) return toWireError(context, error);
  const { code, reason } = wireErrors[error.reason];
  const info = { desc: ErrorInfoSchema, value: { reason, field: error.field } };
  return new ConnectError(error.message, code, undefined, [info], error);
}

/** The part of the host's side that is about processes. */
export function processHandlers(context: Context, sandboxes: Sandboxes): ProcessHandlers {
  const told = (error: unknown) => toProcessWireError(context, error);

  return {
    async handleProcess({ request }, { signal }) {
      try {
        return { response: await handle(sandboxes, request, signal) };
      } catch (error) {
        throw told(error);
      }
    },

    async *attachProcess({ attach }, { signal }) {
      if (!attach) return; // validation has refused it
      const { sandboxId, processId, hold } = attach;
      const offset = attach.offset === undefined ? undefined : Number(attach.offset);
      try {
        const processes = await sandboxes.processes(sandboxId);
        for await (const event of processes.attach(processId, { offset, hold }, signal)) yield toAttachResponse(event);
      } catch (error) {
        throw told(error);
      }
    },
  };
}

async function handle(
  sandboxes: Sandboxes,
  request: HandleProcessRequest['request'],
  signal: AbortSignal,
): Promise<NonNullable<Answer>> {
  switch (request.case) {
    case 'startProcess': {
      const processes = await sandboxes.processes(request.value.sandboxId);
      const process = toProcess(await processes.start(toStartSpec(request.value)));
      return { case: 'startProcess', value: { process } };
    }
    case 'sendInput': {
      const { sandboxId, processId, data, offset, writer, writerOffset } = request.value;
      const processes = await sandboxes.processes(sandboxId);
      const from = offset === undefined ? undefined : Number(offset);
      const at = writer === '' ? from : { name: writer, offset: Number(writerOffset) };
      const { inAll, ofWriter } = await processes.sendInput(processId, data, at, signal);
      const value = { offset: BigInt(inAll), writerOffset: ofWriter === undefined ? undefined : BigInt(ofWriter) };
      return { case: 'sendInput', value };
    }
    case 'closeInput': {
      const { sandboxId, processId, offset } = request.value;
      const processes = await sandboxes.processes(sandboxId);
      await processes.closeInput(processId, offset === undefined ? undefined : Number(offset));
      return { case: 'closeInput', value: {} };
    }
    case 'resizeTerminal': {
      const { sandboxId, processId, terminal } = request.value;
      const processes = await sandboxes.processes(sandboxId);
      processes.resize(processId, { cols: terminal?.cols ?? 80, rows: terminal?.rows ?? 24 });
      return { case: 'resizeTerminal', value: {} };
    }
    case 'sendSignal': {
      const processes = await sandboxes.processes(request.value.sandboxId);
      processes.signal(request.value.processId, request.value.signal);
      return { case: 'sendSignal', value: {} };
    }
    case 'listProcesses': {
      const processes = await sandboxes.processes(request.value.sandboxId);
      const views = await processes.list(request.value.includeEnded);
      return { case: 'listProcesses', value: { processes: views.map(toProcess) } };
    }
    case undefined:
      throw new ConnectError('This agent is too old for it: update it.', Code.Unimplemented);
  }
}
