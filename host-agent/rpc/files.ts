import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import type { Sandboxes } from '../sandboxes/index.ts';

type FileHandlers = Pick<
  ServiceImpl<typeof HostAgentService>,
  'handleFile' | 'readFile' | 'uploadFile' | 'watchDirectory'
>;

/** The part of the host's side that is about files. */
export function fileHandlers(_context: Context, _sandboxes: Sandboxes): FileHandlers {
  const refuse = (): never => {
    throw new ConnectError('This agent cannot reach files yet: update it.', Code.Unimplemented);
  };
  return { handleFile: refuse, readFile: refuse, uploadFile: refuse, watchDirectory: refuse };
}
