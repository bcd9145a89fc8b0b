import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { useQuery } from '@tanstack/react-query';
import { FileService, type FileInfo } from '#proto/muster/v1/file_pb.js';
import { percentPath, type FilePath } from './path.ts';
import { editableBytes, readText, type ReadText } from './text.ts';

export interface OpenFile {
  readonly info: FileInfo;
  readonly content: ReadText | { readonly kind: 'large' };
}

/** Reads a file for the editor. Read anew only when asked: what is being edited must not change by itself. */
export function useFile(sandboxId: string, path: FilePath) {
  const transport = useTransport();
  return useQuery({
    queryKey: ['file', sandboxId, percentPath(path)],
    queryFn: ({ signal }) => readFile(transport, sandboxId, path, signal),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

async function readFile(
  transport: Transport,
  sandboxId: string,
  path: FilePath,
  signal: AbortSignal,
): Promise<OpenFile> {
  const parts: Uint8Array[] = [];
  let info: FileInfo | undefined;
  const length = BigInt(editableBytes + 1);
  for await (const { part } of createClient(FileService, transport).readFile(
    { sandboxId, at: path, length },
    { signal },
  )) {
    if (part.case === 'file') info = part.value;
    if (part.case === 'data') parts.push(part.value);
  }
  if (info === undefined) throw new Error('the host did not tell what the file is');
  const bytes = new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()); // the runtime's own arrays are no shared memory
  return { info, content: bytes.length > editableBytes ? { kind: 'large' } : readText(bytes) };
}
