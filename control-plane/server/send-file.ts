import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { headerOf, type NodeRequest, type NodeResponse } from './http-types.ts';

/** A file, open for one answer. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly type: string;
  readonly etag: string;
}

/** Answers with a file, or says that the caller has it already. Closes it. */
export async function sendFile(
  file: OpenFile,
  headers: Readonly<Record<string, string>>,
  request: NodeRequest,
  response: NodeResponse,
): Promise<void> {
  try {
    for (const [name, value] of Object.entries({ ...headers, etag: file.etag })) response.setHeader(name, value);
    if (headerOf(request, 'if-none-match') === file.etag) {
      response.statusCode = 304;
      response.end();
      return;
    }
    response.setHeader('content-type', file.type);
    response.setHeader('content-length', String(file.size));
    response.statusCode = 200;
    if (request.method === 'HEAD') response.end();
    else if (file.size === 0) response.end();
    // Exactly what was announced: a file that grows meanwhile must not break the connection.
    else await pipeline(file.handle.createReadStream({ autoClose: false, end: file.size - 1 }), response);
  } finally {
    await file.handle.close();
  }
}
