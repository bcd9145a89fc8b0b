import {
  PauseSandboxResponseSchema,
  RenewSandboxResponseSchema,
  ResumeSandboxResponseSchema,
  StartSandboxResponseSchema,
  StopSandboxResponseSchema,
} from '#proto/muster/v1/sandbox_pb.js';
import { printJson } from '../output/json.ts';
import { sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Freezes a sandbox. */
export async function pauseSandbox(session: Session, sandboxId: string): Promise<void> {
  const answer = await session.sandboxes.pauseSandbox({ sandboxId });
  if (session.json) return printJson(session.stdout, PauseSandboxResponseSchema, answer);
  session.stdout.write(`${sandboxId}: ${answer.sandbox?.stateLabel}\n`);
}

/** Thaws a sandbox. */
export async function resumeSandbox(session: Session, sandboxId: string): Promise<void> {
  const answer = await session.sandboxes.resumeSandbox({ sandboxId });
  if (session.json) return printJson(session.stdout, ResumeSandboxResponseSchema, answer);
  session.stdout.write(`${sandboxId}: ${answer.sandbox?.stateLabel}\n`);
}

/** Ends a sandbox's processes; its files stay. */
export async function stopSandbox(session: Session, sandboxId: string): Promise<void> {
  const answer = await session.sandboxes.stopSandbox({ sandboxId });
  if (session.json) return printJson(session.stdout, StopSandboxResponseSchema, answer);
  session.stdout.write(`${sandboxId}: ${answer.sandbox?.stateLabel}\n`);
}

/** Starts a stopped sandbox on its files. */
export async function startSandbox(session: Session, sandboxId: string): Promise<void> {
  const answer = await session.sandboxes.startSandbox({ sandboxId });
  if (session.json) return printJson(session.stdout, StartSandboxResponseSchema, answer);
  session.stdout.write(`${sandboxId}: ${answer.sandbox?.stateLabel}\n`);
}

/** Options of `muster sandboxes renew`. */
export interface RenewOptions extends SessionOptions {
  readonly timeout: { readonly seconds: bigint };
}

/** Sets a sandbox's end. */
export async function renewSandbox(session: Session, sandboxId: string, { timeout }: RenewOptions): Promise<void> {
  const answer = await session.sandboxes.renewSandbox({ sandboxId, timeout });
  if (session.json) return printJson(session.stdout, RenewSandboxResponseSchema, answer);
  const later = answer.notYetApplied ? '; its host cannot be reached now, so this is recorded and not yet applied' : '';
  session.stdout.write(`${sandboxId}: ends ${sayWhen(answer.sandbox?.expiresAt)}${later}\n`);
}
