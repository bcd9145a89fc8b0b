import { Link, useLocation } from '@tanstack/react-router';
import { Box, Cable, ChartLine, Cpu, FolderTree, ScrollText, SquareTerminal } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { paths } from '../paths.ts';

/** The views of one sandbox, each with an address of its own. */
const tabs = [
  { word: 'Overview', icon: Box, to: paths.sandbox, exact: true },
  { word: 'Terminal', icon: SquareTerminal, to: paths.sandboxTerminal, exact: false },
  { word: 'Processes', icon: Cpu, to: paths.sandboxProcesses, exact: false },
  { word: 'Files', icon: FolderTree, to: paths.sandboxFiles, exact: false },
  { word: 'Ports', icon: Cable, to: paths.sandboxPorts, exact: false },
  { word: 'Metrics', icon: ChartLine, to: paths.sandboxMetrics, exact: false },
  { word: 'Logs', icon: ScrollText, to: paths.sandboxLogs, exact: false },
] as const;

/** Leads from one view of a sandbox to the others. On a phone it scrolls sideways, by itself to where one is. */
export function SandboxTabs({ sandboxId }: { sandboxId: string }) {
  const bar = useRef<HTMLElement>(null);
  const path = useLocation({ select: (location) => location.pathname });
  useEffect(() => {
    const current = bar.current?.querySelector<HTMLElement>(`[href="${path}"]`);
    // The bar alone is scrolled: the page stays where it is.
    if (bar.current && current) bar.current.scrollLeft = current.offsetLeft - bar.current.clientWidth / 3;
  }, [path]);
  return (
    <nav ref={bar} aria-label="Views of this sandbox" className="relative -mx-4 overflow-x-auto px-4 md:mx-0 md:px-0">
      <ul className="flex min-w-max gap-1 border-b border-line">
        {tabs.map(({ word, icon: Icon, to, exact }) => (
          <li key={word}>
            <Link
              {...to(sandboxId)}
              activeOptions={{ exact, includeSearch: false }}
              className="-mb-px inline-flex h-9 items-center gap-2 rounded-t-control border-b-2 border-transparent px-2.5 text-table text-ink-muted transition-colors -outline-offset-2! hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink max-md:h-11"
            >
              <Icon aria-hidden className="size-4" />
              {word}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
