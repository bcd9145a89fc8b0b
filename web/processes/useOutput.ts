import { createClient } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import type { AttachProcessResponse, RunExit } from '#proto/muster/v1/process_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import type { Feed, Followed } from '../live/follow.ts';
import { useLive } from '../live/useLive.ts';
import { noOutput, plainText, withOutput, type Output } from '../runs/output.ts';

export interface ReadOutput {
  readonly output: Output;
  readonly exit: RunExit | undefined;
}

const anySilenceMs = 2 ** 31 - 1;

/** What a process has written, as far as it is kept, and goes on writing. */
export function useOutput(sandboxId: string, processId: string): Followed<ReadOutput> {
  const transport = useTransport();
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const feed: Feed<AttachProcessResponse, ReadOutput> = {
    key: `output:${sandboxId}:${processId}`,
    silenceMs: anySilenceMs,
    open: (signal) =>
      untilExit(createClient(ProcessService, transport).attachProcess({ sandboxId, processId }, { signal }), signal),
    reduce: (state = { output: noOutput, exit: undefined }, { event }) => {
      switch (event.case) {
        case 'output': {
          const { data } = event.value;
          if (data.case === undefined) return state;
          const text = plainText(decoders[data.case].decode(data.value, { stream: true }));
          return { ...state, output: withOutput(state.output, data.case, text) };
        }
        case 'gap':
          return { ...state, output: { ...state.output, cut: true } };
        case 'exit':
          return { ...state, exit: event.value };
        case 'attached':
          return event.value.oldestOffset > 0n ? { ...state, output: { ...state.output, cut: true } } : state;
        default:
          return state;
      }
    },
  };
  return useLive(feed);
}

/** After the end nothing comes: the stream is held, so that it is not opened again and again. */
async function* untilExit(
  answers: AsyncIterable<AttachProcessResponse>,
  signal: AbortSignal,
): AsyncGenerator<AttachProcessResponse> {
  for await (const answer of answers) {
    yield answer;
    if (answer.event.case !== 'exit') continue;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return;
  }
}
