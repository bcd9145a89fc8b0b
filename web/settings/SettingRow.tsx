import { useState, type ReactNode } from 'react';
import { SettingKind, type Setting } from '#proto/muster/v1/settings_pb.js';
import { Button } from '../parts/Button.tsx';
import { useReport } from '../problems/useReport.ts';
import { ChoiceSetting } from './ChoiceSetting.tsx';
import { PlainFacts, SecretFacts } from './SettingFacts.tsx';
import { SettingForm } from './SettingForm.tsx';
import type { Settings } from './useSettings.ts';

/** One setting: how it stands and a way to change it. What nobody has set yet is open to be filled in. */
export function SettingRow({ setting, settings }: { setting: Setting; settings: Settings }) {
  const { state, kind } = setting;
  const empty = state.case === 'secret' ? !state.value.isSet : (state.value?.value ?? '') === '';
  // Once open it stays so until it is saved, also where somebody else fills it in meanwhile.
  const [open, setOpen] = useState(empty ? 'from the start' : 'no');
  const report = useReport();
  if (kind === SettingKind.CHOICE) return <ChoiceSetting setting={setting} settings={settings} />;
  const busy = settings.changing === setting.name;
  if (open !== 'no' || empty)
    return (
      <Row>
        <SettingForm
          key={setting.name}
          setting={setting}
          focused={open === 'asked'}
          onSave={async (value) => {
            await settings.save(setting, value);
            setOpen('no');
          }}
          onCancel={empty ? undefined : () => setOpen('no')}
        />
      </Row>
    );
  const secret = state.case === 'secret';
  const undo = (work: Promise<void>) => void work.catch(report);
  return (
    <Row>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-56">
          <p className="text-table font-medium">{setting.label}</p>
          {state.case === 'secret' && <SecretFacts state={state.value} />}
          {state.case === 'plain' && <PlainFacts state={state.value} />}
        </div>
        <div className="flex gap-2">
          {secret ? (
            <Button small look="dangerQuiet" busy={busy} onClick={() => undo(settings.clear(setting))}>
              Clear<span className="sr-only"> {setting.label}</span>
            </Button>
          ) : (
            state.value?.isSet === true &&
            state.value.defaultValue !== '' && (
              <Button small look="quiet" busy={busy} onClick={() => undo(settings.save(setting, ''))}>
                Use the default<span className="sr-only"> of {setting.label}</span>
              </Button>
            )
          )}
          <Button small onClick={() => setOpen('asked')}>
            {secret ? 'Replace' : 'Change'}
            <span className="sr-only"> {setting.label}</span>
          </Button>
        </div>
      </div>
    </Row>
  );
}

function Row({ children }: { children: ReactNode }) {
  return <div className="border-line px-4 py-3 not-last:border-b">{children}</div>;
}
