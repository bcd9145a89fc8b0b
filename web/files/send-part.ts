import type { JsonValue } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { errorFromJson } from '@connectrpc/connect/protocol-connect';

interface Part {
  readonly offset: number;
  readonly length: number;
}

/** Sends a part of a file; a file that is not larger goes as a whole. Answers where the upload stands then. */
export function sendPart(
  address: string,
  file: File,
  { offset, length }: Part,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const end = Math.min(offset + length, file.size);
  return new Promise((resolve, reject) => {
    // Of all ways to send, this one alone tells how far it is.
    const request = new XMLHttpRequest();
    request.open('PUT', address);
    request.setRequestHeader('content-type', 'application/octet-stream');
    if (file.size > length)
      request.setRequestHeader('content-range', `bytes ${offset === end ? '*' : `${offset}-${end - 1}`}/${file.size}`);
    request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded));
    request.addEventListener('error', () => reject(new ConnectError('the connection broke', Code.Unavailable)));
    request.addEventListener('abort', () => reject(new ConnectError('canceled', Code.Canceled)));
    request.addEventListener('load', () => {
      if (request.status === 200 || request.status === 202) resolve(end);
      else reject(errorOf(request.responseText));
    });
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(offset === 0 && end === file.size ? file : file.slice(offset, end));
  });
}

/** Where a resumable upload stands. */
export async function standing(address: string, signal: AbortSignal): Promise<number> {
  const answer = await fetch(address, { method: 'HEAD', signal });
  if (!answer.ok) throw new ConnectError('the upload cannot be looked at', Code.Unavailable);
  return Number(answer.headers.get('upload-offset') ?? 0);
}

/** Removes what has arrived of a resumable upload. Nobody waits for it: where it cannot be reached, it stays. */
export async function giveUp(address: string): Promise<void> {
  await fetch(address, { method: 'DELETE', keepalive: true }).catch(() => undefined);
}

function errorOf(body: string): ConnectError {
  const fallback = new ConnectError('the answer cannot be read', Code.Unavailable);
  try {
    return errorFromJson(JSON.parse(body) as JsonValue, undefined, fallback); // JSON.parse yields JSON
  } catch {
    return fallback;
  }
}
