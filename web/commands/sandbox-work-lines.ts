import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  FileService,
  type ListDirectoryRequestSchema,
  type MakeDirectoryRequestSchema,
  type MoveRequestSchema,
  type ReadFileRequestSchema,
  type RemoveRequestSchema,
  type SetPermissionsRequestSchema,
  type WriteFileRequestSchema,
} from '#proto/muster/v1/file_pb.js';
import { ProcessService, type StartProcessRequestSchema } from '#proto/muster/v1/process_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { musterLine, option } from './muster-line.ts';

/** The commands that do what is done inside a sandbox: terminals, processes, files, ports. */
export function sandboxWorkLines(origin: string) {
  const muster = musterLine(origin);
  const resume = SandboxService.method.resumeSandbox;
  const start = SandboxService.method.startSandbox;

  const detachedLine = (request: MessageInitShape<typeof StartProcessRequestSchema>) =>
    muster(
      'sandboxes',
      request.terminal ? 'shell' : ['run', '--detach'],
      request.terminal ? [] : option('name', request.name),
      option('cwd', request.cwd),
      option('user', request.user),
      request.sandboxId ?? '',
      request.argv?.length ? ['--', ...request.argv.map(shellQuote)] : [],
    );

  return {
    resumeSandbox: (sandboxId: string) => ({
      muster: muster('sandboxes', 'resume', sandboxId),
      curl: bufCurl(resume, { sandboxId }, origin),
    }),
    startSandbox: (sandboxId: string) => ({
      muster: muster('sandboxes', 'start', sandboxId),
      curl: bufCurl(start, { sandboxId }, origin),
    }),
    shell: (sandboxId: string): CommandLines => ({
      muster: muster('sandboxes', 'shell', sandboxId),
      curl: bufCurl(ProcessService.method.startProcess, { sandboxId, terminal: { cols: 80, rows: 24 } }, origin),
    }),
    processes: (sandboxId: string): CommandLines => ({
      muster: muster('sandboxes', 'ps', sandboxId),
      curl: bufCurl(ProcessService.method.listProcesses, { sandboxId }, origin),
    }),
    startProcess: (request: MessageInitShape<typeof StartProcessRequestSchema>): CommandLines => ({
      muster: detachedLine(request),
      curl: bufCurl(ProcessService.method.startProcess, request, origin),
    }),
    sendSignal: (sandboxId: string, processId: string, signal: string): CommandLines => ({
      muster: muster('sandboxes', 'kill', sandboxId, processId, option('signal', signal)),
      curl: bufCurl(ProcessService.method.sendSignal, { sandboxId, processId, signal }, origin),
    }),
    attachProcess: (sandboxId: string, processId: string): CommandLines => ({
      muster: muster('sandboxes', 'attach', sandboxId, processId),
      curl: bufCurl(ProcessService.method.attachProcess, { sandboxId, processId }, origin),
    }),
    ports: (sandboxId: string): CommandLines => ({
      muster: muster('sandboxes', 'ports', sandboxId),
      curl: bufCurl(SandboxService.method.listPorts, { sandboxId }, origin),
    }),
    signEndpoint: (sandboxId: string, port: number, seconds: number): CommandLines => ({
      muster: muster('sandboxes', 'endpoint', sandboxId, String(port), '--sign', option('timeout', `${seconds}s`)),
      curl: bufCurl(
        SandboxService.method.signEndpoint,
        { sandboxId, port, timeout: { seconds: BigInt(seconds) } },
        origin,
      ),
    }),
    files: (request: MessageInitShape<typeof ListDirectoryRequestSchema>): CommandLines => ({
      curl: bufCurl(FileService.method.listDirectory, request, origin),
    }),
    copyOut: (sandboxId: string, path: string): string =>
      muster('sandboxes', 'cp', shellQuote(`${sandboxId}:${path}`), '.'),
    copyIn: (sandboxId: string, path: string): string =>
      muster('sandboxes', 'cp', 'FILE', shellQuote(`${sandboxId}:${path}`)),
    readFile: (sandboxId: string, at: MessageInitShape<typeof ReadFileRequestSchema>['at']): CommandLines => ({
      curl: bufCurl(FileService.method.readFile, { sandboxId, at }, origin),
    }),
    writeFile: (request: MessageInitShape<typeof WriteFileRequestSchema>): CommandLines => ({
      curl: bufCurl(FileService.method.writeFile, request, origin),
    }),
    makeDirectory: (request: MessageInitShape<typeof MakeDirectoryRequestSchema>): CommandLines => ({
      curl: bufCurl(FileService.method.makeDirectory, request, origin),
    }),
    moveFile: (request: MessageInitShape<typeof MoveRequestSchema>): CommandLines => ({
      curl: bufCurl(FileService.method.move, request, origin),
    }),
    removeFile: (request: MessageInitShape<typeof RemoveRequestSchema>): CommandLines => ({
      curl: bufCurl(FileService.method.remove, request, origin),
    }),
    setPermissions: (request: MessageInitShape<typeof SetPermissionsRequestSchema>): CommandLines => ({
      curl: bufCurl(FileService.method.setPermissions, request, origin),
    }),
  };
}
