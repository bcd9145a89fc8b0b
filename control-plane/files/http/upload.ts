import { Code, ConnectError } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { UploadFileRequestSchema, UploadStartSchema } from '#proto/muster/v1/file_pb.js';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { answer, headerOf, type NodeRequest } from '../../server/http-types.ts';
import { answerError, answerFile, fieldOf, guardHeaders, reasonOf, refusal } from './answers.ts';
import type { FileCall } from './download.ts';
import { sentPart } from './ranges.ts';

type Start = MessageInitShape<typeof UploadStartSchema>;
type Sent = MessageInitShape<typeof UploadFileRequestSchema>;

/** The name of what has arrived of a resumable upload: beside the file's place, as the contract says. */
export function uploadPath(path: Uint8Array, uploadId: string): Uint8Array<ArrayBuffer> {
  const whole = Buffer.from(path);
  return Uint8Array.from(
    Buffer.concat([whole.subarray(0, whole.lastIndexOf('/') + 1), Buffer.from(`.muster-upload-${uploadId}`)]),
  );
}

/** Puts the body in place as a file, or adds it to a resumable upload. */
export async function put(call: FileCall): Promise<void> {
  const { request, response, files, signal } = call;
  const start = startOf(call);
  try {
    const { file, offset } = await files.uploadFile(sent(start, request), { signal });
    // Accepted: the rest is still to come.
    answerFile(response, file ? 200 : 202, file, offset);
  } catch (error) {
    if (!(error instanceof ConnectError) || reasonOf(error) !== Reason.WRONG_OFFSET) throw error;
    answerError(response, error, { 'upload-offset': String(await standing(call)) });
  }
}

/** Where a resumable upload stands; 0 where nothing of it has arrived. */
export async function tellUpload(call: FileCall): Promise<void> {
  const offset = await standing(call);
  answer(call.response, 200, { ...guardHeaders, 'upload-offset': String(offset), 'content-length': '0' }, '');
}

/** Gives a resumable upload up. Idempotent. */
export async function dropUpload(call: FileCall): Promise<void> {
  await call.files.remove(partial(call), { signal: call.signal }).catch(unlessMissing);
  answer(call.response, 204, { ...guardHeaders }, '');
}

async function standing(call: FileCall): Promise<bigint> {
  const found = await call.files.stat(partial(call), { signal: call.signal }).catch(unlessMissing);
  return found?.file?.size ?? 0n;
}

const partial = ({ address, query }: FileCall) => ({
  sandboxId: address.sandboxId,
  at: { case: 'rawPath' as const, value: uploadPath(address.path, query.get('upload') ?? '') },
  user: query.get('user') ?? '',
});

/** Nothing at the path; a sandbox that is missing is another matter. */
function unlessMissing(error: unknown): undefined {
  if (error instanceof ConnectError && error.code === Code.NotFound && fieldOf(error) === 'path') return undefined;
  throw error;
}

function startOf({ request, address, query }: FileCall): Start {
  const uploadId = query.get('upload') ?? '';
  const range = headerOf(request, 'content-range');
  const part = range === undefined ? undefined : sentPart(range);
  if (range !== undefined && !part)
    throw refusal(Code.InvalidArgument, 'Content-Range has to be of the form bytes FIRST-LAST/SIZE.', 'content-range');
  if (part && uploadId === '')
    throw refusal(Code.InvalidArgument, 'A part needs an upload to belong to: add ?upload= and a name.', 'upload');
  const length = headerOf(request, 'content-length');
  const bodySize = length !== undefined && /^\d{1,18}$/.test(length) ? BigInt(length) : undefined;
  if (part && bodySize !== undefined && bodySize !== part.length)
    throw refusal(Code.InvalidArgument, 'Content-Range and Content-Length do not agree.', 'content-range');
  const yes = (name: string) => query.get(name) === 'true' || query.get(name) === '';
  return {
    sandboxId: address.sandboxId,
    at: { case: 'rawPath', value: Uint8Array.from(address.path) },
    user: query.get('user') ?? '',
    placement: {
      mode: modeOf(query.get('mode')),
      owner: query.get('owner') ?? '',
      group: query.get('group') ?? '',
      createParents: yes('parents'),
      onlyNew: yes('new'),
      followSymlinks: yes('follow'),
      ifEtag: etagOf(headerOf(request, 'if-match')),
    },
    uploadId,
    offset: part?.offset ?? 0n,
    size: part ? part.size : bodySize,
  };
}

/** What the body is to replace; empty where nothing is said. */
function etagOf(header: string | undefined): string {
  if (header === undefined) return '';
  const [, etag] = /^"([0-9a-z-]{1,80})"$/.exec(header.trim()) ?? [];
  if (etag === undefined) throw refusal(Code.InvalidArgument, 'If-Match takes the one ETag of the file.', 'if-match');
  return etag;
}

function modeOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  throw refusal(Code.InvalidArgument, 'The mode has to be octal digits such as 0644.', 'mode');
}

async function* sent(start: Start, request: NodeRequest): AsyncGenerator<Sent> {
  yield { part: { case: 'start', value: start } };
  for await (const chunk of request) yield { part: { case: 'data', value: chunk as Uint8Array<ArrayBuffer> } }; // no encoding is set
  // In HTTP/2 a body that breaks off ends like any other.
  if (request.aborted || !request.complete) throw new ConnectError('The body broke off.', Code.Canceled);
}
