import type {
  ReadFileRequest,
  ReadFileResponse,
  UploadFileRequest,
  UploadFileResponse,
  UploadStart,
  WatchDirectoryRequest,
  WatchDirectoryResponse,
  WatchDirectoryResponseSchema,
} from '#proto/muster/v1/file_pb.js';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { UploadFileRequestSchema } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import { hostUnreachable, invalidField } from '../errors.ts';
import type { FileParts } from './change.ts';
import { recordFileChange, type FileChange } from './record.ts';

type AgentPart = MessageInitShape<typeof UploadFileRequestSchema>;
type WatchEvent = WatchDirectoryResponse | MessageInitShape<typeof WatchDirectoryResponseSchema>;

const noDeadline = 0;
const keepAliveMs = 10_000;

/** Passes on a file. Each message is taken from the host when the caller takes it, so a slow reader slows the host down. */
export async function* readFile(
  context: Context,
  { calls, door }: FileParts,
  request: ReadFileRequest,
): AsyncGenerator<ReadFileResponse> {
  const { hostId } = await door.use(context, request.sandboxId, 'file.read');
  const parts = calls.stream(hostId, (client, options) => client.readFile({ read: request }, options), context.signal);
  for await (const { part } of parts) if (part) yield part;
}

/** Passes on an upload, at the pace of the sandbox's disk. */
export async function uploadFile(
  context: Context,
  parts: FileParts,
  requests: AsyncIterable<UploadFileRequest>,
): Promise<UploadFileResponse> {
  const taking = requests[Symbol.asyncIterator]();
  const first = await taking.next();
  if (first.done || first.value.part.case !== 'start')
    throw invalidField('start', 'The first message has to say what the file is to be.');
  return placeFile(context, parts, 'upload', first.value.part.value, bytesOf(taking));
}

/** Puts what the bytes bring in place. Where they break, so does the call on the host, and nothing is put there. */
export async function placeFile(
  context: Context,
  { calls, door }: FileParts,
  deed: Extract<FileChange['deed'], 'write' | 'upload'>,
  start: UploadStart,
  bytes: AsyncIterable<Uint8Array>,
): Promise<UploadFileResponse> {
  const sandbox = await door.use(context, start.sandboxId, 'file.write');
  const { at: path, uploadId, offset, size } = start;
  const wanted = {
    ...(uploadId && { uploadId, offset: Number(offset) }),
    ...(size !== undefined && { size: Number(size) }),
  };
  await recordFileChange(context, sandbox, { deed, path, wanted });
  const answer = await calls.call(
    sandbox.hostId,
    noDeadline,
    (client, options) => client.uploadFile(agentParts(start, bytes, context.signal), options),
    context.signal,
  );
  if (!answer.upload) throw hostUnreachable('The host did not tell what became of the file.');
  return answer.upload;
}

async function* agentParts(
  start: UploadStart,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<AgentPart> {
  yield { part: { case: 'start', value: start } };
  for await (const value of bytes) yield { part: { case: 'data', value } };
  // The bytes of a caller who went away may end as if they were all.
  signal.throwIfAborted();
  yield { part: { case: 'end', value: {} } };
}

async function* bytesOf(requests: AsyncIterator<UploadFileRequest>): AsyncGenerator<Uint8Array> {
  for (let next = await requests.next(); !next.done; next = await requests.next()) {
    const { part } = next.value;
    if (part.case !== 'data') throw invalidField('start', 'Only the first message says what the file is to be.');
    yield part.value;
  }
}

/** Passes on what happens in a directory, with a sign of life where nothing does. */
export async function* watchDirectory(
  context: Context,
  { calls, door }: FileParts,
  request: WatchDirectoryRequest,
): AsyncGenerator<WatchEvent> {
  const { hostId } = await door.visit(context, request.sandboxId, 'directory.read');
  const events = calls.stream(
    hostId,
    (client, options) => client.watchDirectory({ watch: request }, options),
    context.signal,
  );
  try {
    let next = events.next();
    for (;;) {
      const taken = await within(keepAliveMs, next);
      if (!taken) {
        yield { event: { case: 'keepAlive', value: {} } };
        continue;
      }
      if (taken.done) break;
      if (taken.value.event) yield taken.value.event;
      if (taken.value.event?.event.case === 'gone') return;
      next = events.next();
    }
  } finally {
    // It may wait for an event that never comes; the end of the call ends it.
    void events.return(undefined).catch(() => undefined);
  }
  throw hostUnreachable('The host did not tell how the watch ended.');
}

/** What comes in this time; undefined where nothing does. */
async function within<T>(ms: number, coming: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
}
