import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type {
  HandleFileRequest,
  HandleFileResponseSchema,
  HostAgentService,
  UploadFileRequest,
} from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import { changeOf, FileError, type UploadPart } from '../files/index.ts';
import type { Sandboxes } from '../sandboxes/index.ts';
import { toWireError } from './errors.ts';
import { fileWireError } from './file-errors.ts';
import { bytesOf, permissionsOf, placeOf, toFileInfo, toWatchEvent, uploadOf } from './file-messages.ts';

type FileHandlers = Pick<
  ServiceImpl<typeof HostAgentService>,
  'handleFile' | 'readFile' | 'uploadFile' | 'watchDirectory'
>;
type HandleFileInit = MessageInitShape<typeof HandleFileResponseSchema>;

/** The part of the host's side that is about files. */
export function fileHandlers(context: Context, sandboxes: Sandboxes): FileHandlers {
  const told = (error: unknown, paths: readonly [string, string?] = ['path']): ConnectError =>
    error instanceof FileError ? fileWireError(error, paths) : toWireError(context, error);

  return {
    async handleFile({ call }, { signal }) {
      try {
        return await handle(sandboxes, call, signal);
      } catch (error) {
        throw told(error, call.case === 'move' ? ['from_path', 'to_path'] : ['path']);
      }
    },

    async *readFile({ read }, { signal }) {
      if (!read) return; // validation has refused it
      const { offset, length, noFollow } = read;
      const place = placeOf(read);
      try {
        const files = await sandboxes.files(read.sandboxId);
        for await (const part of files.read(place, { offset, length, noFollow }, signal)) {
          yield 'entry' in part
            ? { part: { part: { case: 'file', value: toFileInfo(part.entry, place.path) } } }
            : { part: { part: { case: 'data', value: part.bytes } } };
        }
      } catch (error) {
        throw told(error);
      }
    },

    async uploadFile(requests, { signal }) {
      const parts = requests[Symbol.asyncIterator]();
      try {
        const first = await parts.next();
        if (first.done || first.value.part.case !== 'start')
          throw new ConnectError('The first message says what the file is to be.', Code.InvalidArgument);
        const upload = uploadOf(first.value.part.value);
        const files = await sandboxes.files(first.value.part.value.sandboxId);
        const { entry, offset } = await files.write(upload, uploadParts(parts), signal);
        return { upload: { file: entry && toFileInfo(entry, upload.path), offset } };
      } catch (error) {
        throw told(error);
      }
    },

    async *watchDirectory({ watch }, { signal }) {
      if (!watch) return; // validation has refused it
      const place = placeOf(watch);
      try {
        const files = await sandboxes.files(watch.sandboxId);
        for await (const event of files.watch(place, watch.recursive, signal)) {
          const change = changeOf(event);
          if (!change) continue;
          yield { event: toWatchEvent(change, place.path) };
          if (change.type === 'gone') return;
        }
      } catch (error) {
        throw told(error);
      }
    },
  };
}

const defaultPage = 1000;

async function handle(
  sandboxes: Sandboxes,
  call: HandleFileRequest['call'],
  signal: AbortSignal,
): Promise<HandleFileInit> {
  if (!call.case) return {}; // validation has refused it
  const files = await sandboxes.files(call.value.sandboxId);
  switch (call.case) {
    case 'stat': {
      const place = placeOf(call.value);
      return { files: [toFileInfo(await files.stat(place, call.value.followSymlinks, signal), place.path)] };
    }
    case 'list': {
      const { depth, pageSize, pageToken } = call.value;
      const place = placeOf(call.value);
      const after = Buffer.from(pageToken, 'base64url');
      const page = { depth: depth || 1, pageSize: pageSize || defaultPage, after };
      const { entries, next } = await files.list(place, page, signal);
      return {
        files: entries.map((entry) => toFileInfo(entry, place.path)),
        nextPageToken: next?.toString('base64url') ?? '',
      };
    }
    case 'makeDirectory': {
      const place = placeOf(call.value);
      const made = await files.makeDirectory(place, permissionsOf(call.value), call.value.createParents, signal);
      return { files: [toFileInfo(made, place.path)] };
    }
    case 'move': {
      const { from, to, user, replace } = call.value;
      const moved = await files.move(placeOf({ at: from, user }), bytesOf(to), replace, signal);
      return { files: [toFileInfo(moved, bytesOf(to))] };
    }
    case 'remove':
      await files.remove(placeOf(call.value), call.value.recursive, signal);
      return {};
    case 'setPermissions': {
      const place = placeOf(call.value);
      const set = await files.setPermissions(place, permissionsOf(call.value), call.value.followSymlinks, signal);
      return { files: [toFileInfo(set, place.path)] };
    }
  }
}

async function* uploadParts(requests: AsyncIterator<UploadFileRequest>): AsyncGenerator<UploadPart> {
  for (let next = await requests.next(); !next.done; next = await requests.next()) {
    const { part } = next.value;
    if (part.case === 'data') yield { bytes: part.value };
    else if (part.case === 'end') yield { end: true };
    else throw new ConnectError('Only the first message says what the file is to be.', Code.InvalidArgument);
  }
}
