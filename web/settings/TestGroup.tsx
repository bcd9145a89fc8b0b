import { durationMs } from '@bufbuild/protobuf/wkt';
import { useMutation } from '@connectrpc/connect-query';
import { CircleAlert, CircleCheck, LoaderCircle } from 'lucide-react';
import { SettingsService, type SettingGroup } from '#proto/muster/v1/settings_pb.js';
import { Button } from '../parts/Button.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';

/** Tries out what is saved, and says what became of it. */
export function TestGroup({ group, onTested }: { group: SettingGroup; onTested: () => void }) {
  const { email } = useCaller();
  const test = useMutation(SettingsService.method.testSetting);
  const form = useForm({
    initial: { recipient: group.testTakesRecipient ? email : '' },
    submit: async ({ recipient }) => {
      await test.mutateAsync({ group: group.name, recipient });
      onTested();
    },
  });
  const { data } = test;
  const secrets = group.settings.flatMap(({ state }) => (state.case === 'secret' ? [state.value] : []));
  const nothing = !group.testTakesRecipient && !secrets.some(({ isSet }) => isSet);
  return (
    <form
      ref={form.ref}
      onSubmit={form.onSubmit}
      noValidate
      aria-label={`${group.testLabel}, ${group.title}`}
      className="flex flex-col gap-2.5 border-t border-line bg-sunken px-4 py-3"
    >
      <div className="flex flex-wrap items-end gap-2">
        {group.testTakesRecipient && (
          <div className="min-w-0 flex-1 basis-56">
            <TextField label="Test mail to" type="email" {...form.bind('recipient')} />
          </div>
        )}
        <Button
          type="submit"
          busy={form.busy}
          {...(nothing && { disabledReason: 'There is no key to try: enter one first.' })}
        >
          {group.testLabel}
          {!group.testTakesRecipient && <span className="sr-only"> of {group.title}</span>}
        </Button>
      </div>
      {form.problem && <ProblemNote problem={form.problem} />}
      <div role="status" className="text-table empty:hidden">
        {form.busy && (
          <p className="flex gap-1.5 text-moving">
            <LoaderCircle aria-hidden className="mt-0.5 size-4 shrink-0 animate-turn" />
            Asking {group.name === 'mail' ? 'who takes the mail' : group.title} …
          </p>
        )}
        {!form.busy && data && (
          <p className={`flex gap-1.5 ${data.ok ? 'text-good' : 'text-wrong'}`}>
            {data.ok ? (
              <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
            ) : (
              <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
            )}
            <span className="wrap-anywhere">
              {data.sentence}
              {data.took && <span className="text-ink-muted"> ({(durationMs(data.took) / 1000).toFixed(1)} s)</span>}
            </span>
          </p>
        )}
      </div>
    </form>
  );
}
