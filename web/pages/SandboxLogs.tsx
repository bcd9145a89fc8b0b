import { useQuery } from '@connectrpc/connect-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Download, ScrollText } from 'lucide-react';
import type { Log } from '#proto/muster/v1/log_pb.js';
import { SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { LogList } from '../logs/LogList.tsx';
import { logKey, logName, logOutput, logText } from '../logs/log-text.ts';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { OutputView } from '../runs/RunEntry.tsx';
import { useShownSandbox } from '../sandboxes/shown-sandbox.ts';
import { hasEnded } from '../sandboxes/states.ts';
import { workRefusal } from '../session/may-work.ts';
import { useCaller } from '../session/useCaller.ts';

const everyMs = 2000;
const tailBytes = 128 * 1024;

/** What a sandbox and its processes have written. */
export function SandboxLogs() {
  const { sandbox } = useShownSandbox();
  const refused = workRefusal(useCaller());
  if (refused !== undefined)
    return (
      <EmptyState icon={ScrollText} title="Logs are not for everybody">
        {refused} What processes write may hold secrets: only who may run commands here reads it.
      </EmptyState>
    );
  return <Logs sandbox={sandbox} />;
}

function Logs({ sandbox }: { sandbox: Sandbox }) {
  const { of } = useSearch({ from: '/signed-in/sandboxes/$sandboxId/logs' });
  const navigate = useNavigate({ from: '/sandboxes/$sandboxId/logs' });
  const { data, error, refetch } = useQuery(
    SandboxService.method.getLogs,
    { sandboxId: sandbox.id, tailBytes },
    { refetchInterval: hasEnded(sandbox) ? false : everyMs, retry: false },
  );
  const logs = data?.logs ?? [];
  const chosen = logs.find((log) => logKey(log) === of) ?? logs[0];
  return (
    <Section title="What was written" aside={<AsCommandButton lines={commandLines.logs(sandbox.id)} />}>
      {error && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
      {data === undefined && !error && <DetailSkeleton />}
      {data !== undefined && (
        <Freshness phase={error ? 'broken' : 'live'} className="flex flex-col gap-3">
          {data.missing !== '' && <p className="text-table text-ink-muted">{data.missing}</p>}
          {chosen && (
            <div className="grid items-start gap-4 lg:grid-cols-[16rem_minmax(0,1fr)]">
              <Panel className="p-1.5">
                <LogList
                  logs={logs}
                  chosen={logKey(chosen)}
                  onChoose={(key) => void navigate({ search: { of: key }, replace: true })}
                />
              </Panel>
              <LogPane log={chosen} sandbox={sandbox} />
            </div>
          )}
        </Freshness>
      )}
      {refusal(sandbox.actions, 'sandbox.run') === undefined && logs.length <= 1 && (
        <p className="text-small text-ink-faint">
          Processes that go on by themselves, started under “Processes” or with <code>run --detach</code>, have a log of
          their own here.
        </p>
      )}
    </Section>
  );
}

function LogPane({ log, sandbox }: { log: Log; sandbox: Sandbox }) {
  const text = logText(log);
  return (
    <Panel className="flex min-w-0 flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="min-w-0 flex-1 text-table font-medium wrap-anywhere">{logName(log)}</h3>
        {text !== '' && (
          <>
            <CopyButton text={text} label="Copy" look="quiet" />
            <Button small look="quiet" icon={Download} onClick={() => save(text, `${sandbox.id}-${logKey(log)}.log`)}>
              Save
            </Button>
          </>
        )}
      </div>
      {text === '' ? (
        <p className="py-6 text-center text-table text-ink-faint">It has written nothing.</p>
      ) : (
        <OutputView key={logKey(log)} output={logOutput(log)} />
      )}
    </Panel>
  );
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
