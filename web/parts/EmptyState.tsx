import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { CommandBlock } from './Copy.tsx';
import { Panel } from './Page.tsx';

/** An empty page teaches: what this is, why it is empty, the one thing to do, the command that does it. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
  command,
}: {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  command?: string;
}) {
  return (
    <Panel className="flex flex-col items-center px-6 py-12 text-center">
      <span className="mb-4 inline-flex size-10 items-center justify-center rounded-panel bg-unknown-soft text-ink-muted ring-1 ring-line ring-inset">
        <Icon aria-hidden className="size-5" />
      </span>
      <h2 className="text-section text-balance">{title}</h2>
      <div className="mt-1.5 max-w-dialog text-table text-pretty text-ink-muted">{children}</div>
      {action !== undefined && <div className="mt-5">{action}</div>}
      {command !== undefined && (
        <div className="mt-5 w-full max-w-dialog text-left">
          <p className="mb-1.5 text-small text-ink-faint">The same from a terminal</p>
          <CommandBlock command={command} />
        </div>
      )}
    </Panel>
  );
}
