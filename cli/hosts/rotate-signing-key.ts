import { RotateSigningKeyResponseSchema } from '#proto/muster/v1/host_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster hosts rotate-signing-key`. */
export interface RotateOptions extends SessionOptions {
  readonly reason: string;
}

/** Lets the next key sign hosts' access tokens from now on. */
export async function rotateSigningKey(session: Session, { reason }: RotateOptions): Promise<void> {
  const answer = await session.hosts.rotateSigningKey({ reason });
  if (session.json) return printJson(session.stdout, RotateSigningKeyResponseSchema, answer);
  session.stdout.write(
    `${answer.signingKeyId} signs from now on, ${answer.nextKeyId} is published to follow it. What was signed before stays good until it ends.\n`,
  );
}
