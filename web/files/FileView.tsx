import { Download, FileX, X } from 'lucide-react';
import { Link } from '@tanstack/react-router';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Page.tsx';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { toProblem } from '../problems/problem.ts';
import { downloadAddress } from './address.ts';
import { Crumbs } from './Crumbs.tsx';
import { bytesWord } from './entry.ts';
import { nameOf, parentOf, shownPath, type FilePath } from './path.ts';
import { searchOf, type FilesSearch } from './search.ts';
import { TextEditor } from './TextEditor.tsx';
import { useFile } from './useFile.ts';

interface FileViewProps {
  readonly sandboxId: string;
  readonly path: FilePath;
  readonly search: FilesSearch;
  readonly refused: string | undefined;
}

/** One file: its text to edit, or why it cannot be. */
export function FileView({ sandboxId, path, search, refused }: FileViewProps) {
  const { data, error, refetch } = useFile(sandboxId, path);
  const download = (
    <a href={downloadAddress(sandboxId, path)} download className={buttonClasses('secondary')}>
      <Download aria-hidden className="-ml-0.5 size-4" />
      Download
    </a>
  );
  return (
    <section aria-label={nameOf(path)} className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Crumbs sandboxId={sandboxId} path={path} search={search} />
        <AsCommandButton
          lines={{
            muster: commandLines.copyOut(sandboxId, shownPath(path)),
            curl: commandLines.readFile(sandboxId, path).curl,
          }}
        />
        {download}
        <Link
          {...paths.sandboxFiles(sandboxId, searchOf(search, parentOf(path)))}
          className={buttonClasses('secondary')}
        >
          <X aria-hidden className="-ml-0.5 size-4" />
          Close
        </Link>
      </div>
      {error && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
      {data === undefined && !error && <Panel className="h-96 animate-appear" />}
      {data?.content.kind === 'text' && (
        <TextEditor
          key={data.info.etag}
          sandboxId={sandboxId}
          path={path}
          info={data.info}
          content={data.content}
          refused={refused}
          onReload={() => void refetch()}
        />
      )}
      {data && data.content.kind !== 'text' && (
        <EmptyState icon={FileX} title={`${nameOf(path)} cannot be edited here`} action={download}>
          {why[data.content.kind](bytesWord(data.info.size))}
        </EmptyState>
      )}
    </section>
  );
}

const why = {
  large: (size: string) =>
    `It has ${size}; up to 1 MiB can be edited in the browser. Download it, or use an editor in a terminal.`,
  binary: (size: string) => `It is no text: ${size} that are not UTF-8, or have null bytes in them.`,
  mixed: () =>
    'Its lines end in different ways, and a text field would change them all. Edit it in a terminal, or download it.',
} as const;
