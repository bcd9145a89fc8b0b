import { create } from '@bufbuild/protobuf';
import { ListSettingsResponseSchema, type Setting } from '#proto/muster/v1/settings_pb.js';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session } from '../session/session.ts';
import { settingGroups } from './find.ts';

/** What a setting is, without a word of a secret. */
function sayState({ state }: Setting): string {
  if (state.case === 'secret') return state.value.isSet ? `set (fingerprint ${state.value.fingerprint})` : 'not set';
  if (!state.value || state.value.value === '') return 'not set';
  return state.value.isSet ? state.value.value : `${state.value.value} (default)`;
}

const columns: readonly Column<Setting>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'VALUE', cell: sayState },
  { heading: 'UPDATED', cell: ({ state }) => sayWhen(state.value?.updatedAt) },
  { heading: 'BY', cell: ({ state }) => state.value?.updatedBy ?? '' },
  { heading: 'LAST USED', cell: ({ state }) => (state.case === 'secret' ? sayWhen(state.value.lastUsedAt) : '') },
  { heading: 'PROBLEM', cell: ({ state }) => (state.case === 'secret' ? state.value.lastError : '') },
];

/** Prints the settings of the installation. */
export async function listSettings(session: Session, group: string): Promise<void> {
  const groups = await settingGroups(session, group);
  if (session.json)
    return printJson(session.stdout, ListSettingsResponseSchema, create(ListSettingsResponseSchema, { groups }));
  for (const { title, sentence, settings } of groups) {
    session.stdout.write(`${title}: ${sentence}\n`);
    printTable(session.stdout, settings, columns, '');
    session.stdout.write('\n');
  }
}
