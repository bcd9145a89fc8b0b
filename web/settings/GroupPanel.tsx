import { CircleAlert, CircleCheck, CircleDashed } from 'lucide-react';
import type { SettingGroup } from '#proto/muster/v1/settings_pb.js';
import { Panel } from '../parts/Page.tsx';
import { StatusPill, type StatusLook } from '../parts/Status.tsx';
import { counting } from './sentence.ts';
import { SettingRow } from './SettingRow.tsx';
import { TestGroup } from './TestGroup.tsx';
import type { Settings } from './useSettings.ts';

const hasFailed = ({ settings }: SettingGroup) =>
  counting(settings).some(({ state }) => state.case === 'secret' && state.value.lastError !== '');

function lookOf(group: SettingGroup): StatusLook {
  if (hasFailed(group)) return { tone: 'wrong', word: 'Refused', icon: CircleAlert };
  return group.ready
    ? { tone: 'good', word: 'Ready', icon: CircleCheck }
    : { tone: 'idle', word: 'Not set up', icon: CircleDashed };
}

/** Settings that belong together: how they stand, each of them, and a way to try them out. */
export function GroupPanel({ group, settings }: { group: SettingGroup; settings: Settings }) {
  return (
    <section aria-labelledby={`setting-${group.name}`} className="min-w-0">
      <Panel className="overflow-hidden">
        <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-3">
          <div className="min-w-0 flex-1 basis-56">
            <h3 id={`setting-${group.name}`} className="text-table font-medium">
              {group.title}
            </h3>
            <p className="text-table text-ink-muted">{group.sentence}</p>
          </div>
          <StatusPill look={lookOf(group)} />
          <p className="w-full text-small text-ink-faint">{group.help}</p>
        </header>
        {counting(group.settings).map((setting) => (
          <SettingRow key={setting.name} setting={setting} settings={settings} />
        ))}
        {group.testLabel !== '' && <TestGroup group={group} onTested={settings.refetch} />}
      </Panel>
    </section>
  );
}
