import { useState } from 'react';
import { TemplateState } from '#proto/muster/v1/template_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { ProgressBar } from '../parts/ProgressBar.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { randomId } from '../random-id.ts';
import { checkNewTemplate, newTemplate, templateRequest, type NewTemplate } from './source-form.ts';
import { SourceFields } from './SourceFields.tsx';
import { useBuild } from './useBuild.ts';

interface CreateTemplateProps {
  readonly open: boolean;
  /** The snapshot that it is to be made from. */
  readonly snapshot?: string | undefined;
  readonly onClose: () => void;
  readonly onMade: (templateId: string) => void;
}

/** Builds a template, or a new version of one. */
export function CreateTemplateDialog(props: CreateTemplateProps) {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      wide
      title="Create a template"
      description="What the files of new sandboxes begin with. A name that exists gets a new version."
    >
      <CreateTemplateForm {...props} />
    </Dialog>
  );
}

const bringIntoSight = (element: HTMLElement | null) => element?.scrollIntoView({ block: 'nearest' });

function CreateTemplateForm({ snapshot, onClose, onMade }: CreateTemplateProps) {
  const { build, progress } = useBuild();
  const tell = useTell();
  const [file, setFile] = useState<File>();
  const [failure, setFailure] = useState<string>();
  const form = useForm<NewTemplate>({
    initial: snapshot === undefined ? newTemplate : { ...newTemplate, kind: 'snapshot', snapshot_id: snapshot },
    check: (values) => checkNewTemplate(values, file),
    submit: async (values) => {
      setFailure(undefined);
      // A new id for each press: a build that failed is tried again, and not answered again.
      const made = await build(values, file, randomId());
      if (made === undefined) return;
      if (made.state === TemplateState.FAILED) return setFailure(made.reason);
      tell(`${made.name}, version ${made.version}, is ready.`);
      onMade(made.id);
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <fieldset disabled={form.busy} className="flex min-w-0 flex-col gap-4 disabled:opacity-60">
          <TextField
            {...form.bind('name')}
            label="Name"
            placeholder="tools"
            mono
            spellCheck={false}
            maxLength={63}
            help="As sandboxes ask for it."
          />
          <SourceFields form={form} file={file} onFile={setFile} />
        </fieldset>
        {failure !== undefined && (
          <div ref={bringIntoSight} role="alert" className="rounded-control bg-wrong-soft px-3 py-2.5 text-table">
            <p className="font-medium">It could not be built.</p>
            <p className="mt-0.5 text-ink-muted wrap-anywhere">{failure}</p>
          </div>
        )}
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createTemplate(templateRequest({ ...form.values, password: '' }), file?.name)} />
      </DialogBody>
      {/* Below what scrolls: it stays in sight, on small screens too. */}
      {progress && (
        <div className="shrink-0 px-5 pb-4 md:px-6">
          <ProgressBar {...progress} />
        </div>
      )}
      <DialogActions aside={form.busy && <p className="text-small text-ink-faint">Leaving this cancels it.</p>}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Create template
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
