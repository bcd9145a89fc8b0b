import { SnapshotState } from '#proto/muster/v1/snapshot_pb.js';
import { bytesWord } from '../files/entry.ts';
import { CheckField } from '../parts/CheckField.tsx';
import { classes } from '../parts/classes.ts';
import { controlClasses, Field, PasswordField, TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import type { FormState } from '../parts/useForm.ts';
import { useSnapshots } from '../snapshots/useSnapshots.ts';
import { snapshotName } from '../snapshots/words.ts';
import { sourceKinds, type NewTemplate, type SourceKind } from './source-form.ts';

interface SourceFieldsProps {
  readonly form: FormState<NewTemplate>;
  readonly file: File | undefined;
  readonly onFile: (file: File | undefined) => void;
}

const kinds = Object.keys(sourceKinds) as SourceKind[]; // the keys of the table that the type is made of

/** What a template is made from: one of four, and what that one needs. */
export function SourceFields({ form, file, onFile }: SourceFieldsProps) {
  const { kind } = form.values;
  const { onChange } = form.bind('kind');
  return (
    <>
      <fieldset>
        <legend className="mb-2 text-table font-medium">Made from</legend>
        <div className="grid grid-cols-2 gap-2 sm:grid-cols-4">
          {kinds.map((one) => (
            <label
              key={one}
              className={classes(
                'flex h-9 items-center justify-center rounded-control px-2 text-center text-table ring-1 ring-line-strong ring-inset transition-colors hover:bg-hover max-md:h-11',
                'has-checked:bg-accent-soft has-checked:font-medium has-checked:ring-2 has-checked:ring-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus',
              )}
            >
              <input
                type="radio"
                name="kind"
                value={one}
                checked={kind === one}
                onChange={() => onChange(one)}
                className="sr-only"
              />
              {sourceKinds[one]}
            </label>
          ))}
        </div>
      </fieldset>
      {kind === 'image' && <ImageFields form={form} />}
      {kind === 'packages' && <PackagesField form={form} />}
      {kind === 'tarball' && <TarballField error={form.bind('kind').error} file={file} onFile={onFile} />}
      {kind === 'snapshot' && <SnapshotField form={form} />}
    </>
  );
}

function ImageFields({ form }: { form: FormState<NewTemplate> }) {
  return (
    <>
      <TextField
        {...form.bind('reference')}
        label="Image"
        mono
        spellCheck={false}
        placeholder="docker.io/library/debian:12"
        help="With its registry, and a tag or a digest."
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField {...form.bind('username')} label="User of the registry" optional spellCheck={false} />
        <PasswordField
          {...form.bind('password')}
          label="Password or token"
          autoComplete="off"
          help="Used for this, and kept nowhere."
        />
      </div>
      <CheckField
        {...form.bind('insecure')}
        label="Do not verify the registry"
        help="It speaks plain HTTP, or has a certificate that nobody vouches for."
      />
    </>
  );
}

function PackagesField({ form }: { form: FormState<NewTemplate> }) {
  const { value, onChange, error, name } = form.bind('packages');
  return (
    <Field
      label="Packages"
      optional
      error={error}
      help="Beside the smallest Debian system, of the release of the host that builds. Separated by spaces."
    >
      {(ids) => (
        <textarea
          {...ids}
          name={name}
          rows={3}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          placeholder="git ripgrep python3"
          spellCheck={false}
          className={classes(controlClasses, 'h-auto! py-1.5 font-mono')}
        />
      )}
    </Field>
  );
}

function TarballField({ error, file, onFile }: Omit<SourceFieldsProps, 'form'> & { error: string | undefined }) {
  return (
    <Field
      label="File"
      error={error}
      help={
        file
          ? `${bytesWord(file.size)}, to be uploaded first.`
          : 'A root file system as a tarball, compressed or not; 4 GiB at most.'
      }
    >
      {(ids) => (
        <input
          {...ids}
          type="file"
          accept=".tar,.gz,.tgz,.xz,.zst,.bz2"
          onChange={(event) => onFile(event.target.files?.[0])}
          className={classes(
            controlClasses,
            'h-auto! py-1.5 file:mr-3 file:rounded-tag file:border-0 file:bg-unknown-soft file:px-2 file:py-0.5 file:text-table file:text-ink',
          )}
        />
      )}
    </Field>
  );
}

function SnapshotField({ form }: { form: FormState<NewTemplate> }) {
  const snapshots = useSnapshots();
  const chosen = form.values.snapshot_id;
  const ready = (snapshots.data?.snapshots ?? []).filter(({ state }) => state === SnapshotState.READY);
  const choices = ready.map((snapshot) => ({ value: snapshot.id, label: snapshotName(snapshot) }));
  const known = chosen === '' || choices.some(({ value }) => value === chosen);
  return (
    <SelectField
      {...form.bind('snapshot_id')}
      label="Snapshot"
      choices={known ? choices : [...choices, { value: chosen, label: chosen }]}
      help={snapshots.data && ready.length === 0 ? 'There is none yet: take one on a sandbox’s page.' : undefined}
    />
  );
}
