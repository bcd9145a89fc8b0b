import { useEffect, type ReactNode } from 'react';

interface PageProps {
  readonly title: string;
  /** One sentence computed from the data. */
  readonly summary?: ReactNode;
  /** Beside the title, such as the state of the thing that the page shows. */
  readonly mark?: ReactNode;
  /** Above the title: where this stands. */
  readonly trail?: ReactNode;
  /** The primary action last. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page: title, sentence, actions, content. */
export function Page({ title, summary, mark, trail, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Muster`;
  }, [title]);
  return (
    <div className="mx-auto flex w-full max-w-page flex-col gap-6 px-4 pt-5 pb-16 md:px-8 md:pt-7">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-72">
          {trail !== undefined && <div className="mb-1 text-table text-ink-faint">{trail}</div>}
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <h1 className="min-w-0 text-title wrap-anywhere">{title}</h1>
            {mark}
          </div>
          {summary !== undefined && (
            <p className="mt-1 max-w-summary text-body text-pretty text-ink-muted">{summary}</p>
          )}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2 print:hidden">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page with its heading. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-col gap-2.5">
      <div className="flex min-h-7 flex-wrap items-center justify-between gap-2">
        <h2 className="text-section">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A surface that groups. */
export function Panel({ children, className = '' }: { children?: ReactNode; className?: string }) {
  return <div className={`rounded-panel bg-panel shadow-panel ring-1 ring-line ${className}`}>{children}</div>;
}
