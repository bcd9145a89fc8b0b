import { useNavigate, useSearch } from '@tanstack/react-router';
import { createClient } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { FolderOpen, FolderX } from 'lucide-react';
import { useState } from 'react';
import { FileService, FileType } from '#proto/muster/v1/file_pb.js';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { downloadAddress } from '../files/address.ts';
import { DropArea } from '../files/DropArea.tsx';
import { arranged, type Entry } from '../files/entry.ts';
import { MoveDialog, NewDialog, PermissionsDialog, RemoveDialog } from '../files/FileDialogs.tsx';
import { FileTable, type FileAct } from '../files/FileTable.tsx';
import { FileToolbar } from '../files/FileToolbar.tsx';
import { FileView } from '../files/FileView.tsx';
import { childOf, nameOf, parentOf, percentPath, shownPath, type FilePath } from '../files/path.ts';
import { directoryOf, openFileOf, searchOf, searchOfFile, type FilesSearch, type SortKey } from '../files/search.ts';
import { UploadList } from '../files/UploadList.tsx';
import { mostEntries, useDirectory, useWatch } from '../files/useDirectory.ts';
import { useUploads } from '../files/useUploads.ts';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { toProblem } from '../problems/problem.ts';
import { useReport, useTell } from '../problems/useReport.ts';
import { Awake } from '../sandboxes/Awake.tsx';
import { useShownSandbox } from '../sandboxes/shown-sandbox.ts';

const from = '/signed-in/sandboxes/$sandboxId/files';

/** The files of a sandbox. */
export function SandboxFiles() {
  const { sandbox } = useShownSandbox();
  const search = useSearch({ from });
  const file = openFileOf(search);
  const refused = refusal(sandbox.actions, 'sandbox.run');
  return (
    <Awake sandbox={sandbox} what="its files">
      {file ? (
        <FileView key={percentPath(file)} sandboxId={sandbox.id} path={file} search={search} refused={refused} />
      ) : (
        <Browser sandbox={sandbox} search={search} refused={refused} />
      )}
    </Awake>
  );
}

interface BrowserProps {
  readonly sandbox: Sandbox;
  readonly search: FilesSearch;
  readonly refused: string | undefined;
}

type Opened = { act: Exclude<FileAct, 'follow' | 'download' | 'copy'>; entry: Entry } | { act: 'folder' | 'file' };

function Browser({ sandbox: { id: sandboxId }, search, refused }: BrowserProps) {
  const directory = directoryOf(search);
  const navigate = useNavigate();
  const { entries, cut, error, refresh } = useDirectory(sandboxId, directory);
  const { queue } = useUploads(sandboxId);
  const [opened, setOpened] = useState<Opened>();
  const follow = useFollow(sandboxId, search);
  const tell = useTell();
  const go = (next: FilesSearch) => void navigate(paths.sandboxFiles(sandboxId, next));
  const sort = (key: SortKey) => {
    const again = (search.sort ?? 'name') === key;
    go({
      ...search,
      sort: key === 'name' ? undefined : key,
      descending: again && !search.descending ? 'yes' : undefined,
    });
  };
  const act = (what: FileAct, entry: Entry) => {
    if (what === 'follow') return void follow(entry.path);
    if (what === 'download') return download(downloadAddress(sandboxId, entry.path));
    if (what === 'copy')
      return void navigator.clipboard
        ?.writeText(shownPath(entry.path))
        .then(() => tell(`${shownPath(entry.path)} is copied.`));
    setOpened({ act: what, entry });
  };
  const upload = (files: readonly { way: string; file: File }[]) =>
    files.forEach(({ way, file }) => queue.add(sandboxId, childOf(directory, way), file));
  const rows = arranged(entries ?? [], {
    sort: search.sort ?? 'name',
    descending: search.descending === 'yes',
    hidden: search.hidden === 'shown',
  });
  const dialog = { sandboxId, onClose: () => setOpened(undefined), onDone: () => void refresh() };

  return (
    <section aria-label="Files of this sandbox" className="flex min-w-0 flex-col gap-3">
      <Watch key={percentPath(directory)} sandboxId={sandboxId} path={directory} onChange={() => void refresh()} />
      <FileToolbar
        sandboxId={sandboxId}
        directory={directory}
        search={search}
        refused={refused}
        onHidden={(shown) => go({ ...search, hidden: shown ? 'shown' : undefined })}
        onNew={(what) => setOpened({ act: what })}
        onFiles={(files) => upload(files.map((file) => ({ way: file.name, file })))}
      />
      <UploadList sandboxId={sandboxId} />
      <DropArea into={shownPath(directory)} refused={refused} onFiles={upload}>
        {error !== null && (
          <EmptyState
            icon={FolderX}
            title={`${shownPath(directory)} cannot be shown`}
            action={
              <Button onClick={() => go(searchOf(search, parentOf(directory)))}>
                Go to {shownPath(parentOf(directory))}
              </Button>
            }
          >
            <ProblemNote problem={toProblem(error)} onRetry={() => void refresh()} />
          </EmptyState>
        )}
        {entries === undefined && error === null && <TableSkeleton rows={8} columns={5} />}
        {error === null && entries && rows.length === 0 && (
          <EmptyState icon={FolderOpen} title={`${nameOf(directory)} is empty`}>
            {entries.length === 0
              ? 'Drag files here, upload them, or write some in a terminal.'
              : `${entries.length === 1 ? '1 hidden file is' : `${entries.length} hidden files are`} not shown.`}
          </EmptyState>
        )}
        {error === null && rows.length > 0 && (
          <FileTable sandboxId={sandboxId} entries={rows} search={search} refused={refused} onSort={sort} onAct={act} />
        )}
        {cut && (
          <p className="text-small text-ink-faint">Only the first {mostEntries.toLocaleString('en')} are shown.</p>
        )}
      </DropArea>
      {opened?.act === 'remove' && <RemoveDialog {...dialog} entry={opened.entry} />}
      {opened?.act === 'move' && <MoveDialog {...dialog} entry={opened.entry} />}
      {opened?.act === 'permissions' && <PermissionsDialog {...dialog} entry={opened.entry} />}
      {(opened?.act === 'folder' || opened?.act === 'file') && (
        <NewDialog
          {...dialog}
          directory={directory}
          what={opened.act}
          onDone={(made) => {
            void refresh();
            go(opened.act === 'folder' ? searchOf(search, made) : searchOfFile(search, directory, made));
          }}
        />
      )}
    </section>
  );
}

/** Keeps the list true. A component of its own, so that many changes do not draw the list as often. */
function Watch({ sandboxId, path, onChange }: { sandboxId: string; path: FilePath; onChange: () => void }) {
  useWatch(sandboxId, path, onChange);
  return null;
}

/** Goes where a symbolic link leads: into a directory, or to a file. */
function useFollow(sandboxId: string, search: FilesSearch): (path: FilePath) => Promise<void> {
  const transport = useTransport();
  const navigate = useNavigate();
  const report = useReport();
  return async (path) => {
    try {
      const { file } = await createClient(FileService, transport).stat({ sandboxId, at: path, followSymlinks: true });
      const next =
        file?.type === FileType.DIRECTORY ? searchOf(search, path) : searchOfFile(search, parentOf(path), path);
      await navigate(paths.sandboxFiles(sandboxId, next));
    } catch (error) {
      report(error);
    }
  };
}

/** As if a link had been pressed. */
function download(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
