import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { TesterService, type ImportTestersResponse } from '#proto/muster/v1/tester_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { TextAreaField } from '../parts/TextAreaField.tsx';
import { useForm } from '../parts/useForm.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { useOrigins } from '../sandboxes/useOrigins.ts';
import { CsvFile } from './CsvFile.tsx';
import { ImportedRows } from './ImportedRows.tsx';
import { importSentence } from './sentence.ts';

/** What is brought in: a CSV, and the template of those whose row names none. */
interface Import {
  readonly csv: string;
  readonly template: string;
}

/** Brings many in: the CSV first, then what would become of each row, then all of it or what is right of it. */
export function ImportDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [asked, setAsked] = useState<Import>({ csv: '', template: 'base' });
  const [preview, setPreview] = useState<ImportTestersResponse>();
  const close = () => {
    onClose();
    setPreview(undefined);
    setAsked({ csv: '', template: 'base' });
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      wide
      title="Import testers"
      description={preview ? undefined : 'A CSV with the columns name and email, and perhaps template and host.'}
    >
      {preview ? (
        <Preview asked={asked} preview={preview} onBack={() => setPreview(undefined)} onClose={close} />
      ) : (
        <CsvForm
          initial={asked}
          onClose={close}
          onPreview={(read, seen) => {
            setAsked(read);
            setPreview(seen);
          }}
        />
      )}
    </Dialog>
  );
}

interface CsvFormProps {
  readonly initial: Import;
  readonly onClose: () => void;
  readonly onPreview: (asked: Import, preview: ImportTestersResponse) => void;
}

function CsvForm({ initial, onClose, onPreview }: CsvFormProps) {
  const importTesters = useMutation(TesterService.method.importTesters);
  const form = useForm({
    initial: { ...initial },
    check: ({ csv }) => ({ csv: csv.trim() === '' ? 'Choose a file, or paste its lines.' : undefined }),
    submit: async (asked) => onPreview(asked, await importTesters.mutateAsync({ ...asked, dryRun: true })),
  });
  const csv = form.bind('csv');
  const origins = useOrigins(form.values.template);
  return (
    <DialogForm form={form}>
      <DialogBody>
        <CsvFile onText={csv.onChange} />
        <TextAreaField {...csv} label="Lines" help="The first line names the columns; at most 10,000 testers." />
        <SelectField {...form.bind('template')} label="Template, where a row names none" choices={origins} />
        {form.problem && <ProblemNote problem={form.problem} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Look at the rows
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

interface PreviewProps {
  readonly asked: Import;
  readonly preview: ImportTestersResponse;
  readonly onBack: () => void;
  readonly onClose: () => void;
}

/** What would become of each row; nothing is done yet. */
function Preview({ asked, preview, onBack, onClose }: PreviewProps) {
  const { mutateAsync, error, isPending } = useMutation(TesterService.method.importTesters);
  const [seen, setSeen] = useState(preview);
  const tell = useTell();
  const { added, wrong } = seen;
  const onlyValid = wrong > 0;
  const bringIn = async () => {
    const done = await mutateAsync({ ...asked, onlyValid }).catch(() => undefined);
    if (done?.done) {
      onClose();
      tell(importSentence(done));
    } else if (done) setSeen(done); // something came in between: look again
  };
  return (
    <>
      <DialogBody>
        <p role="status" className="font-medium">
          {importSentence(seen)}
        </p>
        <ImportedRows rows={seen.rows} />
        {error && <ProblemNote problem={toProblem(error)} />}
        <AsCommand lines={commandLines.importTesters(onlyValid)} />
      </DialogBody>
      <DialogActions aside={<Button onClick={onBack}>Back to the lines</Button>}>
        <Button onClick={onClose}>Cancel</Button>
        {added > 0 && (
          <Button look="primary" busy={isPending} onClick={() => void bringIn()}>
            {onlyValid ? `Bring in the ${added} without problems` : `Bring in ${added}`}
          </Button>
        )}
      </DialogActions>
    </>
  );
}
