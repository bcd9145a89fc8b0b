import { useEffect, type ReactNode } from 'react';
import { CopyText } from '../parts/Copy.tsx';
import { Mark } from './Mark.tsx';
import { ThemeMenu } from './ThemeMenu.tsx';

interface EntranceProps {
  readonly title: string;
  readonly summary?: ReactNode;
  readonly children: ReactNode;
  readonly below?: ReactNode;
  /** What runs here, for the last line. */
  readonly version?: { readonly version: string; readonly commitSha: string };
}

/** The page around those who are not signed in. */
export function EntranceFrame({ title, summary, children, below, version }: EntranceProps) {
  useEffect(() => {
    document.title = `${title} · Muster`;
  }, [title]);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-5 py-4">
        <span className="flex items-center gap-2.5 text-section">
          <Mark /> Muster
        </span>
        <ThemeMenu />
      </header>
      <main className="mx-auto flex w-full max-w-narrow flex-1 flex-col justify-center px-5 pb-24">
        <h1 className="text-title text-balance">{title}</h1>
        {summary !== undefined && <p className="mt-1.5 text-body text-pretty text-ink-muted">{summary}</p>}
        <div className="mt-6">{children}</div>
        {below !== undefined && <p className="mt-5 text-table text-ink-muted">{below}</p>}
      </main>
      <footer className="flex items-center justify-center gap-2 px-5 pb-5 text-small text-ink-faint">
        {version && (
          <>
            Muster {version.version}
            {version.commitSha !== '' && (
              <CopyText
                text={version.commitSha}
                show={version.commitSha.slice(0, 7)}
                label="the commit"
                className="text-small"
              />
            )}
          </>
        )}
      </footer>
    </div>
  );
}
