import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Sql } from '../database/index.ts';
import { Refusal } from '../errors.ts';
import { findRoom } from './store.ts';

/**
 * Refuses what goes beyond what is left of a host, for a sandbox that is there and cannot go elsewhere. To be called
 * under the placement lock. Throws NO_HOST_FITS.
 */
export async function requireRoom(
  sql: Sql,
  { hostId, cpuMillis, memoryMib }: { hostId: string; cpuMillis: number; memoryMib: number },
): Promise<void> {
  const room = await findRoom(sql, hostId);
  if (room?.draining)
    throw new Refusal(Code.ResourceExhausted, Reason.NO_HOST_FITS, 'Its host is being drained.', {
      help: 'Start it when the drain is over and the host takes sandboxes again. Its files stay where they are.',
    });
  if (room && room.cpuMillis >= cpuMillis && room.memoryMib >= memoryMib) return;
  throw new Refusal(Code.ResourceExhausted, Reason.NO_HOST_FITS, 'Its host has no room for it now.', {
    help: 'Stop or end other sandboxes on this host, then repeat the call. Its files stay where they are.',
  });
}
