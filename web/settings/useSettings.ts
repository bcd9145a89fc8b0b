import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import { SettingsService, type Setting } from '#proto/muster/v1/settings_pb.js';
import { toProblem } from '../problems/problem.ts';
import { useTell } from '../problems/useReport.ts';

/** All settings, and how each is changed. After every attempt they are read again: somebody else may have been faster. */
export function useSettings() {
  const found = useQuery(SettingsService.method.listSettings, {});
  const set = useMutation(SettingsService.method.setSetting);
  const setSecret = useMutation(SettingsService.method.setSecret);
  const clearSecret = useMutation(SettingsService.method.clearSecret);
  const tell = useTell();
  const [changing, setChanging] = useState('');

  const change = async (setting: Setting, work: () => Promise<string>) => {
    setChanging(setting.name);
    try {
      tell(await work());
    } finally {
      setChanging('');
      await found.refetch();
    }
  };
  const version = ({ state }: Setting) => state.value?.version ?? 0n;
  return {
    groups: found.data?.groups,
    problem: found.error ? toProblem(found.error) : undefined,
    refetch: () => void found.refetch(),
    /** The name of the setting that is being saved. */
    changing,
    save: (setting: Setting, value: string) =>
      change(setting, async () => {
        const request = { name: setting.name, value, version: version(setting) };
        if (setting.state.case === 'secret') await setSecret.mutateAsync(request);
        else {
          const { clearedSecrets } = await set.mutateAsync(request);
          if (clearedSecrets.length > 0)
            return `${setting.label} is saved. What was secret is cleared: enter it for the new address.`;
        }
        return `${setting.label} is saved, and holds from now on.`;
      }),
    clear: (setting: Setting) =>
      change(setting, async () => {
        await clearSecret.mutateAsync({ name: setting.name, version: version(setting) });
        return `${setting.label} is cleared.`;
      }),
  };
}

export type Settings = ReturnType<typeof useSettings>;
