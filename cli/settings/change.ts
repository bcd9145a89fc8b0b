import {
  ClearSecretResponseSchema,
  SetSecretResponseSchema,
  SetSettingResponseSchema,
} from '#proto/muster/v1/settings_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import type { Session } from '../session/session.ts';
import { findSetting } from './find.ts';
import { readSecret } from './read-secret.ts';

/** Saves a setting. The value of a secret is read, and never taken as an argument. */
export async function setSetting(session: Session, name: string, value: string | undefined): Promise<void> {
  const { label, state } = await findSetting(session, name);
  const version = state.value?.version ?? 0n;
  if (state.case === 'secret') {
    if (value !== undefined)
      throw new CliError(
        `${name} is a secret: pipe it in, or leave it out to be asked. Nothing was saved; the value stands in the history of your shell now.`,
        exitCodes.usage,
      );
    const answer = await session.settings.setSecret({ name, value: await readSecret(session, label), version });
    if (session.json) return printJson(session.stdout, SetSecretResponseSchema, answer);
  } else {
    if (value === undefined || value === '')
      throw new CliError(`Give a value for ${name}, or clear it with muster settings clear.`, exitCodes.usage);
    await setPlain(session, name, value, version);
    if (session.json) return;
  }
  session.stdout.write(`${name} is saved, and holds from now on.\n`);
}

/** Forgets a secret, or returns a setting to its default. */
export async function clearSetting(session: Session, name: string): Promise<void> {
  const { state } = await findSetting(session, name);
  const version = state.value?.version ?? 0n;
  if (state.case === 'secret') {
    const answer = await session.settings.clearSecret({ name, version });
    if (session.json) return printJson(session.stdout, ClearSecretResponseSchema, answer);
  } else {
    await setPlain(session, name, '', version);
    if (session.json) return;
  }
  session.stdout.write(`${name} is cleared.\n`);
}

async function setPlain(session: Session, name: string, value: string, version: bigint): Promise<void> {
  const answer = await session.settings.setSetting({ name, value, version });
  if (session.json) return printJson(session.stdout, SetSettingResponseSchema, answer);
  for (const secret of answer.clearedSecrets)
    session.stderr.write(`${secret} was entered for the address before, and is cleared: set it again.\n`);
}
