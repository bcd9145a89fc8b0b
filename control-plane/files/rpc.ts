import { create } from '@bufbuild/protobuf';
import type { ConnectRouter, ContextValues } from '@connectrpc/connect';
import { FileService, UploadStartSchema } from '#proto/muster/v1/file_pb.js';
import type { Action } from '../access/index.ts';
import { requestContext, stayingCheck } from '../server/request-context.ts';
import { changeFiles, lookAtFiles, type FileParts } from './change.ts';
import { placeFile, readFile, uploadFile, watchDirectory } from './transfer.ts';

export function fileRoutes(router: ConnectRouter, parts: FileParts): void {
  /** A stream goes on as long as its caller may do there what it does, whatever else changes about them. */
  const stays = (values: ContextValues, sandboxId: string, action: Action) => {
    const context = values.get(requestContext);
    values.set(stayingCheck, async (caller) => void (await parts.door.find({ ...context, caller }, sandboxId, action)));
    return context;
  };

  router.service(FileService, {
    async stat(request, { values }) {
      const context = values.get(requestContext);
      const { files } = await lookAtFiles(context, parts, request.sandboxId, { case: 'stat', value: request });
      return { file: files[0] };
    },

    async listDirectory(request, { values }) {
      const context = values.get(requestContext);
      const call = { case: 'list', value: request } as const;
      const { files, nextPageToken } = await lookAtFiles(context, parts, request.sandboxId, call);
      return { files, nextPageToken };
    },

    async *readFile(request, { values }) {
      yield* readFile(stays(values, request.sandboxId, 'file.read'), parts, request);
    },

    async writeFile({ sandboxId, at, user, data, placement }, { values }) {
      const size = BigInt(data.length);
      const start = create(UploadStartSchema, { sandboxId, at, user, placement, size });
      const { file } = await placeFile(values.get(requestContext), parts, 'write', start, once(data));
      return { file };
    },

    uploadFile: (requests, { values }) => uploadFile(values.get(requestContext), parts, requests),

    async makeDirectory(request, { values }) {
      const change = { deed: 'make_directory', path: request.at } as const;
      const call = { case: 'makeDirectory', value: request } as const;
      const { files } = await changeFiles(values.get(requestContext), parts, request.sandboxId, change, call);
      return { file: files[0] };
    },

    async move(request, { values }) {
      const change = { deed: 'move', path: request.from, to: request.to } as const;
      const call = { case: 'move', value: request } as const;
      const { files } = await changeFiles(values.get(requestContext), parts, request.sandboxId, change, call);
      return { file: files[0] };
    },

    async remove(request, { values }) {
      const change = { deed: 'remove', path: request.at, wanted: { recursive: request.recursive } } as const;
      const call = { case: 'remove', value: request } as const;
      await changeFiles(values.get(requestContext), parts, request.sandboxId, change, call);
      return {};
    },

    async setPermissions(request, { values }) {
      const { mode, owner, group } = request;
      const wanted = { ...(mode !== undefined && { mode: mode.toString(8) }), owner, group };
      const change = { deed: 'set_permissions', path: request.at, wanted } as const;
      const call = { case: 'setPermissions', value: request } as const;
      const { files } = await changeFiles(values.get(requestContext), parts, request.sandboxId, change, call);
      return { file: files[0] };
    },

    async *watchDirectory(request, { values }) {
      yield* watchDirectory(stays(values, request.sandboxId, 'directory.read'), parts, request);
    },
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
