import { SettingsService } from '#proto/muster/v1/settings_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl } from './buf-curl.ts';
import { musterLine } from './muster-line.ts';

/** The commands that do what the page of the service setup does. */
export const settingLines = (origin: string) => ({
  settings: (): CommandLines => ({
    muster: musterLine(origin)('settings', 'list'),
    curl: bufCurl(SettingsService.method.listSettings, {}, origin),
  }),
});
