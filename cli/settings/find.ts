import type { Setting, SettingGroup } from '#proto/muster/v1/settings_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { Session } from '../session/session.ts';

/** All settings, or those of one group. */
export async function settingGroups(session: Session, group = ''): Promise<SettingGroup[]> {
  return (await session.settings.listSettings({ group })).groups;
}

/** A setting by its name, as it stands now: what is saved goes over the version that is looked at here. */
export async function findSetting(session: Session, name: string): Promise<Setting> {
  const settings = (await settingGroups(session)).flatMap((group) => group.settings);
  const found = settings.find((setting) => setting.name === name);
  if (found) return found;
  throw new CliError(`There is no setting named ${name}. See muster settings list.`, exitCodes.notFound);
}
