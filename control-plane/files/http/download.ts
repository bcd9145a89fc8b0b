import { pipeline } from 'node:stream/promises';
import { Code, type Client } from '@connectrpc/connect';
import { FileType, type FileInfo, type FileService, type ReadFileResponse } from '#proto/muster/v1/file_pb.js';
import { answer, headerOf, type NodeRequest, type NodeResponse } from '../../server/http-types.ts';
import { fileHeaders, guardHeaders, refusal } from './answers.ts';
import type { FileAddress } from './address.ts';
import { askedPart, type Part } from './ranges.ts';

export interface FileCall {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly files: Client<typeof FileService>;
  readonly address: FileAddress;
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

/** Sends a file, or the part of it that is asked for. */
export async function download(call: FileCall): Promise<void> {
  const asked = headerOf(call.request, 'range');
  if (call.request.method === 'HEAD') return tell(call, await look(call));
  if (asked === undefined) return send(call, undefined);
  const file = await look(call);
  const unchanged = headerOf(call.request, 'if-range');
  const part = unchanged === undefined || unchanged === `"${file.etag}"` ? askedPart(asked, file.size) : undefined;
  if (part !== 'none') return send(call, part && { ...part, of: file });
  answer(call.response, 416, { ...guardHeaders, 'content-range': `bytes */${file.size}` }, '');
}

const named = ({ address, query }: FileCall) => ({
  sandboxId: address.sandboxId,
  at: { case: 'rawPath' as const, value: Uint8Array.from(address.path) },
  user: query.get('user') ?? '',
});

async function look(call: FileCall): Promise<FileInfo> {
  const { file } = await call.files.stat({ ...named(call), followSymlinks: true }, { signal: call.signal });
  if (file?.type === FileType.REGULAR) return file;
  throw refusal(Code.FailedPrecondition, 'What is at this path is no regular file.', 'path');
}

function tell({ response, address }: FileCall, file: FileInfo): void {
  answer(response, 200, { ...fileHeaders(file, address.path), 'content-length': String(file.size) }, '');
}

async function send(call: FileCall, part: (Part & { readonly of: FileInfo }) | undefined): Promise<void> {
  const { request, response, files, address, signal } = call;
  const asked = { ...named(call), offset: part?.offset ?? 0n, length: part?.length };
  const parts = files.readFile(asked, { signal })[Symbol.asyncIterator]();
  try {
    const first = await parts.next();
    const file = first.done || first.value.part.case !== 'file' ? undefined : first.value.part.value;
    if (!file) throw refusal(Code.Unavailable, 'The host did not tell what the file is.');
    // Replaced since its size was asked: parts of both must not be put together.
    if (part && file.etag !== part.of.etag)
      throw refusal(Code.Aborted, 'The file has just changed. Repeat the request.');
    const headers = fileHeaders(file, address.path);
    if (!part && headerOf(request, 'if-none-match') === headers['etag']) return answer(response, 304, headers, '');
    // Files of /proc have no size, but content.
    const length = part?.length ?? (file.size > 0n ? file.size : undefined);
    response.statusCode = part ? 206 : 200;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (length !== undefined) response.setHeader('content-length', String(length));
    if (part)
      response.setHeader('content-range', `bytes ${part.offset}-${part.offset + part.length - 1n}/${file.size}`);
    await pipeline(() => exactly(parts, length), response);
  } finally {
    void parts.return?.().catch(() => undefined);
  }
}

/** What was announced and no more; breaks off where there is less, so that nobody takes it for the whole. */
async function* exactly(
  parts: AsyncIterator<ReadFileResponse>,
  length: bigint | undefined,
): AsyncGenerator<Uint8Array> {
  let left = length ?? Infinity;
  for (let next = await parts.next(); !next.done; next = await parts.next()) {
    const { part } = next.value;
    if (part.case !== 'data') continue;
    const bytes = part.value.length > left ? part.value.subarray(0, Number(left)) : part.value;
    left = typeof left === 'bigint' ? left - BigInt(bytes.length) : left;
    yield bytes;
    if (left === 0n) return;
  }
  if (length !== undefined && left !== 0n) throw new Error('The file became shorter while it was read.');
}
