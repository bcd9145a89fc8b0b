import { Link } from '@tanstack/react-router';
import { Copy, Download, Ellipsis, FolderInput, Shield, Trash2 } from 'lucide-react';
import { FileType } from '#proto/muster/v1/file_pb.js';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { IconButton } from '../parts/Button.tsx';
import { classes } from '../parts/classes.ts';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { bytesWord, fileIcons, kindOf, modeWord, ownerWord, targetOf, type Entry } from './entry.ts';
import { parentOf, percentPath, shownPath } from './path.ts';
import { searchOf, searchOfFile, type FilesSearch, type SortKey } from './search.ts';

export type FileAct = 'follow' | 'download' | 'copy' | 'move' | 'permissions' | 'remove';

interface FileTableProps {
  readonly sandboxId: string;
  readonly entries: readonly Entry[];
  readonly search: FilesSearch;
  /** Why the files' contents cannot be read or changed. */
  readonly refused: string | undefined;
  readonly onSort: (key: SortKey) => void;
  readonly onAct: (act: FileAct, entry: Entry) => void;
}

/** What lies in a directory. */
export function FileTable(props: FileTableProps) {
  return (
    <Table
      label="Files"
      rows={props.entries}
      columns={columnsOf(props)}
      rowKey={({ path }) => percentPath(path)}
      empty={null}
    />
  );
}

function columnsOf({ sandboxId, search, refused, onSort, onAct }: FileTableProps): readonly Column<Entry>[] {
  const sorted = search.sort ?? 'name';
  const sort = (key: SortKey) => ({
    direction: sorted === key ? (search.descending ? ('descending' as const) : ('ascending' as const)) : undefined,
    onSort: () => onSort(key),
  });
  return [
    {
      key: 'name',
      header: 'Name',
      heading: true,
      className: 'w-full max-w-0 @max-table:max-w-none @max-table:pr-10!',
      sort: sort('name'),
      cell: (entry) => (
        <Name sandboxId={sandboxId} entry={entry} search={search} onFollow={() => onAct('follow', entry)} />
      ),
    },
    {
      key: 'size',
      header: 'Size',
      align: 'end',
      className: 'whitespace-nowrap',
      sort: sort('size'),
      cell: ({ info }) =>
        info.type === FileType.REGULAR ? <span title={`${info.size} bytes`}>{bytesWord(info.size)}</span> : null,
    },
    {
      key: 'mode',
      header: 'Mode',
      sort: sort('mode'),
      cell: ({ info }) => (
        <code title={info.mode.toString(8).padStart(4, '0')} className="text-code whitespace-nowrap text-ink-muted">
          {modeWord(info)}
        </code>
      ),
    },
    {
      key: 'owner',
      header: 'Owner',
      sort: sort('owner'),
      cell: ({ info }) => (
        <span title={`user ${info.uid}, group ${info.gid}`} className="whitespace-nowrap text-ink-muted">
          {ownerWord(info)}
        </span>
      ),
    },
    {
      key: 'modified',
      header: 'Modified',
      className: 'whitespace-nowrap',
      sort: sort('modified'),
      cell: ({ info }) => <RelativeTime at={info.modifiedAt} className="text-ink-muted" />,
    },
    {
      key: 'actions',
      header: 'Actions',
      align: 'end',
      heading: true,
      className: 'relative z-1 w-12 @max-table:absolute @max-table:top-3.5 @max-table:right-3',
      cell: (entry) => (
        <ActionMenu
          trigger={
            <IconButton label={`What to do with ${entry.name}`} icon={Ellipsis} className="-my-1.5 align-middle" />
          }
          actions={[
            {
              label: 'Download',
              icon: Download,
              onSelect: () => onAct('download', entry),
              disabledReason: refused ?? (canDownload(entry) ? undefined : 'Only files can be downloaded.'),
            },
            { label: 'Copy the path', icon: Copy, onSelect: () => onAct('copy', entry) },
            {
              label: 'Rename or move',
              icon: FolderInput,
              onSelect: () => onAct('move', entry),
              disabledReason: refused,
            },
            {
              label: 'Permissions',
              icon: Shield,
              onSelect: () => onAct('permissions', entry),
              disabledReason:
                refused ?? (entry.info.type === FileType.SYMLINK ? 'A symbolic link has none of its own.' : undefined),
            },
            {
              label: 'Delete',
              icon: Trash2,
              destructive: true,
              onSelect: () => onAct('remove', entry),
              disabledReason: refused,
            },
          ]}
        />
      ),
    },
  ];
}

const canDownload = ({ info }: Entry): boolean => info.type === FileType.REGULAR || info.type === FileType.SYMLINK;

interface NameProps {
  readonly sandboxId: string;
  readonly entry: Entry;
  readonly search: FilesSearch;
  readonly onFollow: () => void;
}

/** Leads into directories and files. Where a symbolic link leads has to be asked first. */
function Name({ sandboxId, entry, search, onFollow }: NameProps) {
  const { name, info, path } = entry;
  const Icon = fileIcons[info.type];
  const target = targetOf(info);
  const isDirectory = info.type === FileType.DIRECTORY;
  const look = classes(rowLinkClasses, 'min-w-0 truncate text-left whitespace-pre');
  return (
    <span className="flex min-w-0 items-center gap-2.5">
      <Icon
        aria-hidden
        className={classes('size-4 shrink-0', isDirectory ? 'fill-accent-soft text-link' : 'text-ink-faint')}
      />
      {isDirectory || info.type === FileType.REGULAR ? (
        <Link
          {...paths.sandboxFiles(
            sandboxId,
            isDirectory ? searchOf(search, path) : searchOfFile(search, parentOf(path), path),
          )}
          title={shownPath(path)}
          className={look}
        >
          {name}
        </Link>
      ) : target === undefined ? (
        <span title={shownPath(path)} className="min-w-0 truncate font-medium whitespace-pre text-ink-muted">
          {name} <span className="text-small font-normal text-ink-faint">{kindOf(info)}</span>
        </span>
      ) : (
        <>
          <button type="button" title={`${shownPath(path)} leads to ${target}`} onClick={onFollow} className={look}>
            {name}
          </button>
          <span className="min-w-0 truncate text-small whitespace-pre text-ink-faint" title={target}>
            <span aria-hidden>→ </span>
            <span className="sr-only">symbolic link to </span>
            {target}
          </span>
        </>
      )}
    </span>
  );
}
