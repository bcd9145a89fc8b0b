import { useMutation } from '@connectrpc/connect-query';
import { FileService, FileType } from '#proto/muster/v1/file_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import type { Entry } from './entry.ts';
import { childOf, shownPath, type FilePath } from './path.ts';

interface FileDialogProps {
  readonly sandboxId: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Removes something, a directory with all that is in it. */
export function RemoveDialog({ sandboxId, entry, onClose, onDone }: FileDialogProps & { entry: Entry }) {
  const remove = useMutation(FileService.method.remove);
  const isDirectory = entry.info.type === FileType.DIRECTORY;
  const request = { sandboxId, at: entry.path, recursive: isDirectory };
  return (
    <ConfirmByName
      open
      onClose={onClose}
      title={`Delete ${entry.name}`}
      name={entry.name}
      action={`Delete ${entry.name}`}
      onConfirm={async () => {
        await remove.mutateAsync(request);
        onDone();
      }}
      command={<AsCommand lines={commandLines.removeFile(request)} />}
    >
      <code>{shownPath(entry.path)}</code> {isDirectory ? 'is removed with everything in it' : 'is removed'}. This
      cannot be undone.
      {entry.info.type === FileType.SYMLINK && ' It is a symbolic link: what it leads to stays.'}
    </ConfirmByName>
  );
}

/** Gives something another name or place. */
export function MoveDialog(props: FileDialogProps & { entry: Entry }) {
  return (
    <Dialog open onClose={props.onClose} title={`Rename or move ${props.entry.name}`}>
      <MoveForm {...props} />
    </Dialog>
  );
}

function MoveForm({ sandboxId, entry, onClose, onDone }: FileDialogProps & { entry: Entry }) {
  const move = useMutation(FileService.method.move);
  const from =
    entry.path.case === 'path'
      ? ({ case: 'fromPath', value: entry.path.value } as const)
      : ({ case: 'rawFromPath', value: entry.path.value } as const);
  const requestOf = (to: string) => ({ sandboxId, from, to: { case: 'toPath', value: to } as const });
  const form = useForm({
    initial: { to_path: shownPath(entry.path) },
    check: ({ to_path }) => ({ to_path: wrongPath(to_path) }),
    submit: async ({ to_path }) => {
      await move.mutateAsync(requestOf(to_path));
      onDone();
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('to_path')}
          label="New path"
          help="Whole, from the root. What lies there already is never replaced."
          mono
          spellCheck={false}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.moveFile(requestOf(form.values.to_path))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Move
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

const wrongPath = (path: string): string | undefined =>
  path.startsWith('/') ? undefined : 'A path begins with a slash, such as /home/me/notes.txt.';

interface NewDialogProps extends Omit<FileDialogProps, 'onDone'> {
  readonly directory: FilePath;
  readonly what: 'folder' | 'file';
  readonly onDone: (made: FilePath) => void;
}

/** Makes a folder or an empty file. */
export function NewDialog(props: NewDialogProps) {
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`New ${props.what}`}
      description={
        <>
          In <code>{shownPath(props.directory)}</code>
        </>
      }
    >
      <NewForm {...props} />
    </Dialog>
  );
}

function NewForm({ sandboxId, directory, what, onClose, onDone }: NewDialogProps) {
  const makeDirectory = useMutation(FileService.method.makeDirectory);
  const writeFile = useMutation(FileService.method.writeFile);
  const requestOf = (name: string) => ({ sandboxId, at: childOf(directory, name || 'NAME') });
  const placement = { onlyNew: true };
  const form = useForm({
    initial: { path: '' },
    check: ({ path }) => ({ path: wrongName(path) }),
    submit: async ({ path }) => {
      const request = requestOf(path);
      if (what === 'folder') await makeDirectory.mutateAsync(request);
      else await writeFile.mutateAsync({ ...request, placement });
      onClose();
      onDone(request.at);
    },
  });
  const request = requestOf(form.values.path);
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('path')} label="Name" mono spellCheck={false} autoCapitalize="off" />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand
          lines={
            what === 'folder' ? commandLines.makeDirectory(request) : commandLines.writeFile({ ...request, placement })
          }
        />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Create {what}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

function wrongName(name: string): string | undefined {
  if (name === '') return 'Type a name.';
  if (name === '.' || name === '..') return 'This name belongs to the system: choose another.';
  return name.includes('/') ? 'A name has no slash in it.' : undefined;
}

/** Sets mode and owner. */
export function PermissionsDialog(props: FileDialogProps & { entry: Entry }) {
  return (
    <Dialog open onClose={props.onClose} title={`Permissions of ${props.entry.name}`}>
      <PermissionsForm {...props} />
    </Dialog>
  );
}

function PermissionsForm({ sandboxId, entry, onClose, onDone }: FileDialogProps & { entry: Entry }) {
  const set = useMutation(FileService.method.setPermissions);
  const requestOf = ({ mode, owner, group }: { mode: string; owner: string; group: string }) => ({
    sandboxId,
    at: entry.path,
    mode: Number.parseInt(mode, 8),
    owner,
    group,
  });
  const form = useForm({
    initial: {
      mode: entry.info.mode.toString(8).padStart(4, '0'),
      owner: String(entry.info.uid),
      group: String(entry.info.gid),
    },
    check: ({ mode }) => ({
      mode: /^[0-7]{1,4}$/.test(mode) ? undefined : 'Up to four digits from 0 to 7, such as 0644.',
    }),
    submit: async (values) => {
      await set.mutateAsync(requestOf(values));
      onDone();
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('mode')} label="Mode" help="In octal, as chmod takes it." mono inputMode="numeric" />
        <div className="grid gap-4 md:grid-cols-2">
          <TextField {...form.bind('owner')} label="Owner" help="By name or number." mono spellCheck={false} />
          <TextField {...form.bind('group')} label="Group" help="By name or number." mono spellCheck={false} />
        </div>
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand
          lines={commandLines.setPermissions(
            requestOf(/^[0-7]{1,4}$/.test(form.values.mode) ? form.values : { ...form.values, mode: '0644' }),
          )}
        />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Set permissions
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
