import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, durationMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { AttachProcessResponseSchema } from '#proto/muster/agent/v1/host_agent_pb.js';
import { ProcessState, type ProcessSchema, type StartProcessRequest } from '#proto/muster/v1/process_pb.js';
import type { AttachEvent, ProcessExit, ProcessView, StartSpec } from '../processes/index.ts';

/** What the driver needs for a process. */
export function toStartSpec(request: StartProcessRequest): StartSpec {
  const { argv, env, cwd, user, timeout, terminal, stdin, name, requestId } = request;
  return {
    argv,
    env,
    cwd,
    user,
    timeoutMs: timeout && durationMs(timeout),
    terminal: terminal && { cols: terminal.cols, rows: terminal.rows },
    stdin,
    name,
    requestId,
  };
}

/** A process as the user sees it. */
export function toProcess(view: ProcessView): MessageInitShape<typeof ProcessSchema> {
  const { id, pid, argv, name, user, cwd, terminal, detached, exit, keptBytes, inputOpen } = view;
  return {
    id,
    pid,
    argv: [...argv],
    name,
    user,
    cwd,
    ...(terminal && { terminal: { ...terminal } }),
    detached,
    state: exit ? ProcessState.ENDED : ProcessState.RUNNING,
    startedAt: timestampFromDate(view.startedAt),
    ...(exit && { exit: toExit(exit) }),
    outputOffset: BigInt(view.outputOffset),
    oldestOffset: BigInt(view.oldestOffset),
    keptBytes,
    inputOffset: BigInt(view.inputOffset),
    inputOpen,
  };
}

const toExit = ({ code, signal, timedOut, durationMs: ms }: ProcessExit) => ({
  code,
  signal,
  timedOut,
  duration: durationFromMs(ms),
});

/** What a reader of a process sees. */
export function toAttachResponse(event: AttachEvent): MessageInitShape<typeof AttachProcessResponseSchema> {
  switch (event.type) {
    case 'attached':
      return { event: { event: { case: 'attached', value: toProcess(event.process) } } };
    case 'output': {
      const value = { offset: BigInt(event.offset), data: { case: event.stream, value: event.data } };
      return { event: { event: { case: 'output', value } } };
    }
    case 'gap':
      return { event: { event: { case: 'gap', value: { from: BigInt(event.from), to: BigInt(event.to) } } } };
    case 'exit':
      return { event: { event: { case: 'exit', value: toExit(event.exit) } } };
  }
}
