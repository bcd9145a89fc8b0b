import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { ConnectError } from '@connectrpc/connect';
import { useEffect } from 'react';
import { EntranceFrame } from '../frame/EntranceFrame.tsx';
import { Page } from '../parts/Page.tsx';
import { isSignedOut, proxyProblemOf, toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { ProxyProblemPage } from './ProxyProblemPage.tsx';

/** Shown where a page could not be drawn: in the frame if there is one. */
export function ErrorPage(props: ErrorComponentProps) {
  return (
    <Page title="This page could not be shown">
      <Cause {...props} />
    </Page>
  );
}

/** Shown where the console itself could not start, most often because the control plane cannot be reached. */
export function EntranceErrorPage(props: ErrorComponentProps) {
  const proxy = proxyProblemOf(props.error);
  if (proxy) return <ProxyProblemPage problem={toProblem(props.error)} proxy={proxy} />;
  const answers =
    props.error instanceof ConnectError ? 'The control plane does not answer' : 'The console could not start';
  return (
    <EntranceFrame title={isSignedOut(props.error) ? 'You cannot get in' : answers}>
      <Cause {...props} />
      <TryAgainSoon />
    </EntranceFrame>
  );
}

/** A control plane that is starting answers in a moment: nobody should have to press for it. */
function TryAgainSoon() {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => void router.invalidate(), 3000);
    return () => clearInterval(timer);
  }, [router]);
  return <p className="mt-3 text-table text-ink-muted">This page tries again by itself every few seconds.</p>;
}

function Cause({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const problem =
    error instanceof ConnectError
      ? toProblem(error)
      : {
          ...toProblem(error),
          message: 'Something in this page broke.',
          help: `Reload it. If it happens again, report this: ${String(error)}`,
        };
  return (
    <ProblemNote
      problem={problem}
      onRetry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}
