import { fromBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import { endStreamFlag, endStreamFromJson, errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import {
  TemplateService,
  UploadTarballRequestSchema,
  UploadTarballResponseSchema,
  type UploadTarballResponse,
} from '#proto/muster/v1/template_pb.js';

const method = TemplateService.method.uploadTarball;

interface UploadOptions {
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  readonly onProgress: (part: number) => void;
}

/**
 * Brings a tarball. A browser cannot stream requests, but it can send a body that is made of pieces of a file: the
 * messages of the stream one after the other, read from the disk as they go out.
 */
export async function uploadTarball(file: Blob, { signal, onProgress }: UploadOptions): Promise<UploadTarballResponse> {
  const answer = await post(streamBody(file), signal, onProgress);
  return readAnswer(answer);
}

/** Below the limit of a message. */
const partBytes = 512 * 1024;

/** The file as the messages of the stream: each an envelope, the tag of `data`, and a piece of the file. */
export function streamBody(file: Blob): Blob {
  const pieces: BlobPart[] = [];
  for (let at = 0; at < file.size || at === 0; at += partBytes) {
    const piece = file.slice(at, at + partBytes);
    const head = new BinaryWriter()
      .tag(UploadTarballRequestSchema.field.data.number, WireType.LengthDelimited)
      .uint32(piece.size)
      .finish();
    pieces.push(envelopeHead(head.length + piece.size), new Uint8Array(head), piece);
  }
  return new Blob(pieces);
}

const headBytes = 5;

function envelopeHead(length: number): ArrayBuffer {
  const head = new DataView(new ArrayBuffer(headBytes));
  head.setUint32(1, length);
  return head.buffer;
}

interface Answer {
  readonly ok: boolean;
  readonly bytes: ArrayBuffer;
}

/** By XMLHttpRequest, which alone tells how much has gone out. */
function post(body: Blob, signal: AbortSignal, onProgress: (part: number) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/${method.parent.typeName}/${method.name}`);
    request.setRequestHeader('content-type', 'application/connect+proto');
    request.setRequestHeader('connect-protocol-version', '1');
    request.responseType = 'arraybuffer';
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 1));
    request.addEventListener('load', () =>
      // With that response type it is one.
      resolve({ ok: request.status === 200, bytes: request.response as ArrayBuffer }),
    );
    request.addEventListener('error', () => reject(new ConnectError('the connection was lost', Code.Unavailable)));
    request.addEventListener('abort', () => reject(new ConnectError('it was cancelled', Code.Canceled)));
    signal.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}

/** The one message of an answer. Throws what the server refused with. */
export function readAnswer({ ok, bytes }: Answer): UploadTarballResponse {
  if (!ok) {
    const failure = new ConnectError('the upload was refused', Code.Unknown);
    throw errorFromJsonBytes(new Uint8Array(bytes), undefined, failure);
  }
  let response: UploadTarballResponse | undefined;
  for (let at = 0; at + headBytes <= bytes.byteLength;) {
    const head = new DataView(bytes, at, headBytes);
    const data = new Uint8Array(bytes, at + headBytes, head.getUint32(1));
    at += headBytes + data.length;
    if ((head.getUint8(0) & endStreamFlag) === 0) response = fromBinary(UploadTarballResponseSchema, data);
    else {
      const { error } = endStreamFromJson(data);
      if (error) throw error;
    }
  }
  if (response === undefined) throw new ConnectError('the answer is incomplete', Code.Internal);
  return response;
}
