import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { FileService } from '#proto/muster/v1/file_pb.js';
import type { Bridge, BridgeRequest } from '../../server/bridge.ts';
import { fileAddress, isFileAddress } from './address.ts';
import { answerError, refusal } from './answers.ts';
import { download, type FileCall } from './download.ts';
import { dropUpload, put, tellUpload } from './upload.ts';

/**
 * Files for browsers and curl, at `/sandboxes/{id}/files/{path}`: GET and HEAD with ranges, PUT of a whole file, and with
 * `?upload=NAME` an upload that can be gone on with: HEAD says where it stands, PUT with Content-Range adds to it, DELETE
 * gives it up. Who may what is decided by the calls that each of them makes.
 */
export const fileBridge: Bridge = { matches: isFileAddress, serve };

type Verb = (call: FileCall) => Promise<void>;

const plain: Readonly<Record<string, Verb>> = { GET: download, HEAD: download, PUT: put };
const ofUploads: Readonly<Record<string, Verb>> = { HEAD: tellUpload, PUT: put, DELETE: dropUpload };

async function serve({ request, response, path, transport, log }: BridgeRequest): Promise<void> {
  const leaving = new AbortController();
  response.once('close', () => leaving.abort(new ConnectError('the caller went away', Code.Canceled)));
  try {
    const address = fileAddress(path);
    if (!address) return; // `matches` has seen to it
    const query = new URL(request.url ?? '/', 'http://any').searchParams;
    const verbs = query.has('upload') ? ofUploads : plain;
    const verb = Object.hasOwn(verbs, request.method ?? '') ? verbs[request.method ?? ''] : undefined;
    if (!verb) {
      const error = refusal(Code.Unimplemented, `Send one of ${Object.keys(verbs).join(', ')}.`);
      response.setHeader('allow', Object.keys(verbs).join(', '));
      return answerError(response, error);
    }
    const files = createClient(FileService, transport);
    await verb({ request, response, files, address, query, signal: leaving.signal });
  } catch (error) {
    if (response.headersSent || response.destroyed) {
      log.debug({ err: error }, 'a file could not be sent to its end');
      response.destroy();
    } else {
      answerError(response, ConnectError.from(error));
    }
  }
}
