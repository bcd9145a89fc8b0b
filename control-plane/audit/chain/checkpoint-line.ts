import { z } from 'zod';
import type { Checkpoint } from './checkpoint.ts';

const hex = z
  .string()
  .regex(/^(?:[0-9a-f]{2})*$/)
  .max(1_000)
  .transform((text) => Buffer.from(text, 'hex'));
/** Fits PostgreSQL's bigint whatever its digits are. */
const whole = z
  .string()
  .regex(/^\d{1,18}$/)
  .transform(BigInt);

const line = z.object({
  installation: z.string().max(100),
  position: whole,
  seal: hex,
  signedAtMicros: whole,
  signature: hex,
});

/** A checkpoint as a line of a file, without the line break. */
export const toLine = (checkpoint: Checkpoint): string =>
  JSON.stringify({
    installation: checkpoint.installationId,
    position: String(checkpoint.position),
    seal: Buffer.from(checkpoint.seal).toString('hex'),
    signedAtMicros: String(checkpoint.signedAtMicros),
    signature: Buffer.from(checkpoint.signature).toString('hex'),
  });

/** The reverse; undefined for anything else. */
export function fromLine(text: string): Checkpoint | undefined {
  const parsed = line.safeParse(parse(text));
  if (!parsed.success) return undefined;
  const { installation, ...rest } = parsed.data;
  return { installationId: installation, ...rest };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
