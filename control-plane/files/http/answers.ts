import { isUtf8 } from 'node:buffer';
import { toJson } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { codeToHttpStatus, errorToJson } from '@connectrpc/connect/protocol-connect';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { FileInfoSchema, type FileInfo } from '#proto/muster/v1/file_pb.js';
import { answer, type NodeResponse } from '../../server/http-types.ts';

/** Nothing that a guest has written may ever act as the console, whatever a browser takes it for. */
export const guardHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, no-cache',
};

/** What is told of a file whatever is done with it. */
export function fileHeaders(file: FileInfo, path: Uint8Array): Record<string, string> {
  return {
    ...guardHeaders,
    'content-type': 'application/octet-stream',
    'content-disposition': disposition(path),
    'accept-ranges': 'bytes',
    etag: `"${file.etag}"`,
    ...(file.modifiedAt && { 'last-modified': timestampDate(file.modifiedAt).toUTCString() }),
    'muster-file-mode': file.mode.toString(8).padStart(4, '0'),
  };
}

/** Always a download, under the last name of its path. */
function disposition(path: Uint8Array): string {
  const whole = Buffer.from(path);
  const name = whole.subarray(whole.lastIndexOf('/') + 1);
  const encoded = Array.from(name, (byte) => {
    const letter = String.fromCharCode(byte);
    return /[0-9A-Za-z._-]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  }).join('');
  return `attachment; filename*=${isUtf8(name) ? 'UTF-8' : 'ISO-8859-1'}''${encoded}`;
}

/** Answers with a file's facts as JSON. */
export function answerFile(response: NodeResponse, status: number, file: FileInfo | undefined, offset: bigint): void {
  const headers = {
    ...guardHeaders,
    'content-type': 'application/json',
    'upload-offset': String(offset),
    ...(file && { etag: `"${file.etag}"` }),
  };
  const body = file ? { file: toJson(FileInfoSchema, file), offset: String(offset) } : { offset: String(offset) };
  answer(response, status, headers, `${JSON.stringify(body)}\n`);
}

/** Answers with an error as the API has it. The rest of a body that nobody reads must not come first. */
export function answerError(response: NodeResponse, error: ConnectError, headers: Record<string, string> = {}): void {
  const retry = error.metadata.get('retry-after');
  const closes = response.req.httpVersionMajor < 2 && !response.req.complete;
  const told: Record<string, string> = {
    ...guardHeaders,
    'content-type': 'application/json',
    ...(retry !== null && { 'retry-after': retry }),
    ...(closes && { connection: 'close' }),
    ...headers,
  };
  answer(response, statusOf(error), told, `${JSON.stringify(errorToJson(error, undefined))}\n`);
}

function statusOf(error: ConnectError): number {
  const reason = reasonOf(error);
  if (reason === Reason.WRONG_OFFSET) return 409;
  if (reason === Reason.NO_SPACE) return 507;
  if (fieldOf(error) === 'placement.if_etag') return 412;
  return codeToHttpStatus(error.code);
}

export const reasonOf = (error: ConnectError): Reason | undefined => error.findDetails(ErrorInfoSchema)[0]?.reason;

/** The field of the request that an error is about. */
export const fieldOf = (error: ConnectError): string | undefined => error.findDetails(ErrorInfoSchema)[0]?.field;

/** A refusal of our own, in the form of all others. */
export const refusal = (code: Code, message: string, field = ''): ConnectError =>
  new ConnectError(message, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason: Reason.INVALID_FIELD, field } },
  ]);
