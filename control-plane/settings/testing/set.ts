import type { Setting, SettingGroup } from '#proto/muster/v1/settings_pb.js';
import type { Clients } from '../../testing/index.ts';

/** The settings, as an admin sees and changes them: each change over what they last saw. */
export function settingsOf({ settings }: Pick<Clients, 'settings'>) {
  const group = async (name: string): Promise<SettingGroup> =>
    (await settings.listSettings({ group: name })).groups[0]!;
  const setting = async (name: string): Promise<Setting> =>
    (await group(name.split('.')[0]!)).settings.find((one) => one.name === name)!;
  const version = async (name: string): Promise<bigint> => (await setting(name)).state.value!.version;
  return {
    group,
    setting,
    secret: async (name: string) => {
      const { state } = await setting(name);
      if (state.case !== 'secret') throw new Error(`${name} is no secret.`);
      return state.value;
    },
    set: async (name: string, value: string) => settings.setSetting({ name, value, version: await version(name) }),
    setSecret: async (name: string, value: string) => settings.setSecret({ name, value, version: await version(name) }),
    clear: async (name: string) => settings.clearSecret({ name, version: await version(name) }),
    test: (name: string, recipient = '') => settings.testSetting({ group: name, recipient }),
  };
}
