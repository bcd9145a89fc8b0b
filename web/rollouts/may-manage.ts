import type { Caller } from '#proto/muster/v1/auth_pb.js';

/** Why the user may not start or change rollouts. The server decides; this only says it before the press. */
export const rolloutRefusal = ({ platformAdmin }: Caller): string | undefined =>
  platformAdmin ? undefined : 'Only a platform admin updates machines. Ask one of them.';
