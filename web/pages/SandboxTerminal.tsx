import { useMutation } from '@connectrpc/connect-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus, SquareTerminal } from 'lucide-react';
import { useEffect } from 'react';
import { ProcessService, type Process } from '#proto/muster/v1/process_pb.js';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { commandLines } from '../commands/command-lines.ts';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Page.tsx';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { toProblem } from '../problems/problem.ts';
import { useReport } from '../problems/useReport.ts';
import { useProcesses } from '../processes/useProcesses.ts';
import { isRunning, processName } from '../processes/words.ts';
import { Awake } from '../sandboxes/Awake.tsx';
import { useShownSandbox } from '../sandboxes/shown-sandbox.ts';
import { freshName, isSession, terminalSessions } from '../terminal/sessions.ts';
import { TerminalPane } from '../terminal/TerminalPane.tsx';

/** Terminals in a sandbox. They go on when one leaves, and are there again when one comes back. */
export function SandboxTerminal() {
  const { sandbox } = useShownSandbox();
  return (
    <Awake sandbox={sandbox} what="its terminals" lasts>
      <Terminals sandbox={sandbox} />
    </Awake>
  );
}

function Terminals({ sandbox }: { sandbox: Sandbox }) {
  const { session } = useSearch({ from: '/signed-in/sandboxes/$sandboxId/terminal' });
  const navigate = useNavigate();
  const report = useReport();
  const refused = refusal(sandbox.actions, 'sandbox.run');
  const { processes, error, refresh } = useProcesses(sandbox, refused);
  const sessions = terminalSessions(processes ?? [], session);
  const shown = sessions.find(({ id }) => id === session) ?? sessions.at(-1);
  const start = useMutation(ProcessService.method.startProcess, { onError: report });

  // The address names what is shown: so it stays when it ends, and its last words can be read.
  const shownId = shown?.id;
  useEffect(() => {
    if (session === undefined && shownId !== undefined)
      void navigate({ ...paths.sandboxTerminal(sandbox.id, shownId), replace: true });
  }, [navigate, sandbox.id, session, shownId]);

  const open = async () => {
    const request = { sandboxId: sandbox.id, name: freshName(processes ?? []), terminal: { cols: 80, rows: 24 } };
    const { process } = await start.mutateAsync(request);
    await refresh();
    await navigate(paths.sandboxTerminal(sandbox.id, process?.id));
  };
  const close = async () => {
    // Until the list knows of the end, what is closed would be shown again.
    await refresh();
    await navigate(paths.sandboxTerminal(sandbox.id));
  };
  const openButton = (
    <Button
      look="primary"
      icon={Plus}
      busy={start.isPending}
      disabledReason={refused}
      onClick={() => void open().catch(() => undefined)}
    >
      New terminal
    </Button>
  );

  if (error !== null && processes === undefined)
    return <ProblemNote problem={toProblem(error)} onRetry={() => void refresh()} />;
  if (processes === undefined && refused === undefined) return <Panel className="h-96 animate-appear" />;
  return (
    <section aria-label="Terminals" className="flex min-w-0 flex-col gap-3">
      {shown !== undefined && (
        <div className="flex flex-wrap items-center gap-2">
          <SessionLinks sandboxId={sandbox.id} sessions={sessions} shownId={shown.id} />
          {openButton}
        </div>
      )}
      {shown === undefined ? (
        <EmptyState
          icon={SquareTerminal}
          title="No terminal is open"
          action={openButton}
          command={commandLines.shell(sandbox.id).muster}
        >
          {refused ??
            'A terminal runs the login shell of the sandbox’s user. It goes on when you leave the page or lose the connection; come back to it here, or with the command line.'}
        </EmptyState>
      ) : (
        <TerminalPane key={shown.id} sandbox={sandbox} process={shown} onClose={() => void close()} />
      )}
      {session !== undefined &&
        shown?.id !== session &&
        processes &&
        !processes.some((one) => one.id === session && isSession(one)) && (
          <p className="text-small text-ink-faint">
            The session that this address names is over and not kept any more: ended ones are kept for an hour.
          </p>
        )}
    </section>
  );
}

function SessionLinks({
  sandboxId,
  sessions,
  shownId,
}: {
  sandboxId: string;
  sessions: readonly Process[];
  shownId: string;
}) {
  return (
    <nav aria-label="Open terminals" className="mr-auto min-w-0 overflow-x-auto">
      <ul className="flex gap-1.5">
        {sessions.map((session) => (
          <li key={session.id}>
            <Link
              {...paths.sandboxTerminal(sandboxId, session.id)}
              aria-current={session.id === shownId ? 'page' : undefined}
              className="inline-flex h-8 items-center gap-2 rounded-control px-2.5 text-table whitespace-nowrap ring-1 ring-line ring-inset transition-colors hover:bg-hover aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:ring-accent max-md:h-10"
            >
              <span
                aria-hidden
                className={
                  isRunning(session) ? 'size-2 rounded-full good-fill' : 'size-2 rounded-full bg-unknown-solid'
                }
              />
              {processName(session)}
              {!isRunning(session) && <span className="text-small text-ink-faint">ended</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
