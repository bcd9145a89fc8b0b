import type { Setting } from '#proto/muster/v1/settings_pb.js';
import { SelectField } from '../parts/SelectField.tsx';
import { useReport } from '../problems/useReport.ts';
import type { Settings } from './useSettings.ts';

/** One of a few: saved as soon as it is chosen. */
export function ChoiceSetting({ setting, settings }: { setting: Setting; settings: Settings }) {
  const report = useReport();
  const { label, help, choices, name, state } = setting;
  return (
    <div className="border-line px-4 py-3 not-last:border-b" aria-busy={settings.changing === name || undefined}>
      <div className="max-w-narrow">
        <SelectField
          label={label}
          help={help}
          name={name}
          error={undefined}
          value={state.case === 'plain' ? state.value.value : ''}
          choices={choices}
          onChange={(value) => void settings.save(setting, value).catch(report)}
        />
      </div>
    </div>
  );
}
