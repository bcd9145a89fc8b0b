import { FilePlus, FolderPlus, Plus, Upload } from 'lucide-react';
import { useRef } from 'react';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { Button } from '../parts/Button.tsx';
import { Switch } from '../parts/Switch.tsx';
import { Crumbs } from './Crumbs.tsx';
import { shownPath, type FilePath } from './path.ts';
import type { FilesSearch } from './search.ts';

interface ToolbarProps {
  readonly sandboxId: string;
  readonly directory: FilePath;
  readonly search: FilesSearch;
  readonly refused: string | undefined;
  readonly onHidden: (shown: boolean) => void;
  readonly onNew: (what: 'folder' | 'file') => void;
  readonly onFiles: (files: readonly File[]) => void;
}

/** Where one is, and what can be done there. */
export function FileToolbar({ sandboxId, directory, search, refused, onHidden, onNew, onFiles }: ToolbarProps) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Crumbs sandboxId={sandboxId} path={directory} search={search} />
      <Switch
        label="Hidden files"
        on={search.hidden === 'shown'}
        words={{ on: 'Hidden files', off: 'Hidden files' }}
        onChange={onHidden}
      />
      <AsCommandButton
        lines={{
          muster: commandLines.copyIn(sandboxId, shownPath(directory)),
          curl: commandLines.files({ sandboxId, at: directory }).curl,
        }}
      />
      <ActionMenu
        trigger={<Button icon={Plus}>New</Button>}
        actions={[
          { label: 'Folder', icon: FolderPlus, onSelect: () => onNew('folder'), disabledReason: refused },
          { label: 'File', icon: FilePlus, onSelect: () => onNew('file'), disabledReason: refused },
        ]}
      />
      <Button look="primary" icon={Upload} disabledReason={refused} onClick={() => picker.current?.click()}>
        Upload
      </Button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          // So that the same file can be chosen again.
          currentTarget.value = '';
        }}
      />
    </div>
  );
}
