import { useMutation, useQuery } from '@connectrpc/connect-query';
import { Code } from '@connectrpc/connect';
import { useBlocker } from '@tanstack/react-router';
import { RotateCw, Save } from 'lucide-react';
import { useEffect, useState } from 'react';
import { FileService, type FileInfo } from '#proto/muster/v1/file_pb.js';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { Panel } from '../parts/Page.tsx';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { toProblem } from '../problems/problem.ts';
import { useReport } from '../problems/useReport.ts';
import { bytesWord, modeWord, ownerWord } from './entry.ts';
import { nameOf, parentOf, type FilePath } from './path.ts';
import { replaceRead } from './replace.ts';
import { editableBytes, writeText, type ReadText } from './text.ts';
import { useWatch } from './useDirectory.ts';

interface EditorProps {
  readonly sandboxId: string;
  readonly path: FilePath;
  readonly info: FileInfo;
  readonly content: Extract<ReadText, { kind: 'text' }>;
  readonly refused: string | undefined;
  readonly onReload: () => void;
}

/** Edits a text. Saved as a whole or not at all; a file that somebody else has changed meanwhile is not overwritten unasked. */
export function TextEditor({ sandboxId, path, info, content, refused, onReload }: EditorProps) {
  const [text, setText] = useState(content.text);
  const [saved, setSaved] = useState({ text: content.text, info });
  const [asking, setAsking] = useState(false);
  const report = useReport();
  const name = nameOf(path);
  const now = useQuery(FileService.method.stat, { sandboxId, at: path, followSymlinks: true }, { staleTime: Infinity });
  const write = useMutation(FileService.method.writeFile);
  useWatch(sandboxId, parentOf(path), () => void now.refetch());

  const dirty = text !== saved.text;
  const bytes = writeText(text, content.lineEnd);
  const tooLarge =
    bytes.length > editableBytes ? `It has ${bytesWord(bytes.length)}; up to 1 MiB can be saved from here.` : undefined;
  const changed =
    !now.isFetching && !write.isPending && now.data?.file !== undefined && now.data.file.etag !== saved.info.etag;

  /** Replaces the file of this etag, or whatever is there. */
  const put = async (ifEtag = '') => {
    const placement = { followSymlinks: true, ifEtag };
    const { file } = await write.mutateAsync({ sandboxId, at: path, data: bytes, placement });
    if (file) setSaved({ text, info: file });
    await now.refetch();
  };
  const save = async () => {
    const { data, error } = await now.refetch();
    if (error === null && data?.file && data.file.etag !== saved.info.etag) return setAsking(true);
    // Removed meanwhile: saving makes it anew.
    const isGone = error !== null && toProblem(error).code === Code.NotFound;
    const outcome = await replaceRead(put, isGone ? '' : saved.info.etag);
    if (outcome === 'changed') setAsking(true); // after it was looked at
  };
  const saveNow = () => void save().catch(report);
  useSaveKey(saveNow, dirty && refused === undefined && tooLarge === undefined);
  const leaving = useBlocker({ shouldBlockFn: () => dirty, enableBeforeUnload: () => dirty, withResolver: true });

  return (
    <Panel className="flex flex-col overflow-clip">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-sunken py-2 pr-2 pl-4 text-small text-ink-faint">
        <span>{bytesWord(bytes.length)}</span>
        <code>{modeWord(saved.info)}</code>
        <span>{ownerWord(saved.info)}</span>
        <span>{content.lineEnd === '\r\n' ? 'CRLF line ends' : 'LF line ends'}</span>
        <span role="status" className="mr-auto font-medium text-ink-muted">
          {dirty ? 'Not saved yet' : saved.info === info ? '' : 'Saved'}
        </span>
        <Button
          look="primary"
          small
          icon={Save}
          busy={write.isPending}
          disabledReason={refused ?? tooLarge ?? (dirty ? undefined : 'Nothing was changed.')}
          onClick={saveNow}
        >
          Save {name}
        </Button>
      </header>
      {changed && (
        <div
          role="status"
          className="flex flex-wrap items-center gap-2 border-b border-line bg-attention-soft px-4 py-2 text-table"
        >
          <span className="mr-auto text-attention">This file was changed in the sandbox after you opened it.</span>
          <Button small icon={RotateCw} onClick={onReload}>
            {dirty ? 'Discard mine and load it' : 'Load it'}
          </Button>
        </div>
      )}
      {now.error && (
        <div className="p-3">
          <ProblemNote problem={toProblem(now.error)} />
        </div>
      )}
      <textarea
        aria-label={`Text of ${name}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        readOnly={refused !== undefined}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        autoComplete="off"
        wrap="off"
        className="h-[calc(100dvh-26.5rem)] min-h-64 max-md:h-[calc(100dvh-34rem)] resize-none overflow-auto bg-panel px-4 py-3 font-mono text-code outline-none focus-visible:outline-2 focus-visible:-outline-offset-2 max-md:text-touch"
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`${name} was changed meanwhile`}
        action={`Overwrite ${name}`}
        onConfirm={() => put()}
      >
        Somebody or something in the sandbox changed this file after you opened it. Overwriting it loses that change. To
        keep it, cancel, copy your text, and load the file again.
      </Confirm>
      {leaving.status === 'blocked' && (
        <Confirm
          open
          onClose={leaving.reset}
          title={`Leave ${name} without saving?`}
          action="Leave and lose the changes"
          onConfirm={() => {
            leaving.proceed();
            return Promise.resolve();
          }}
        >
          What you changed is not in the sandbox yet.
        </Confirm>
      )}
    </Panel>
  );
}

function useSaveKey(save: () => void, possible: boolean): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 's' || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      if (possible) save();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
}
