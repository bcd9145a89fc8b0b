import { Link } from '@tanstack/react-router';
import { Search, WifiOff } from 'lucide-react';
import { useBroken } from '../live/useLive.ts';
import { paths } from '../paths.ts';
import { useCaller } from '../session/useCaller.ts';
import { AccountMenu } from './AccountMenu.tsx';
import { Mark } from './Mark.tsx';
import { AdminMenu } from './AdminMenu.tsx';
import { TeamMenu } from './TeamMenu.tsx';
import { ThemeMenu } from './ThemeMenu.tsx';

const shortcut = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';

/** Team, search, theme, account; and a quiet word when the page is not live. */
export function TopBar({ onSearch }: { onSearch: () => void }) {
  const { platformAdmin } = useCaller();
  return (
    <header className="sticky top-0 z-30 flex h-13 items-center gap-2 border-b border-line bg-canvas px-4 md:px-8 print:hidden">
      <Link {...paths.home()} aria-label="Muster, home" className="mr-1 md:hidden">
        <Mark />
      </Link>
      <TeamMenu />
      <ConnectionWord />
      <div className="ml-auto flex items-center gap-1.5">
        <button
          type="button"
          onClick={onSearch}
          aria-keyshortcuts="Control+K Meta+K"
          className="inline-flex h-8 items-center gap-2 rounded-control text-table text-ink-faint transition-colors hover:bg-hover max-md:size-10 max-md:justify-center md:w-56 md:bg-panel md:px-2.5 md:ring-1 md:ring-line md:ring-inset"
        >
          <Search aria-hidden className="size-4" />
          <span className="max-md:sr-only">Search or run…</span>
          <kbd aria-hidden className="ml-auto font-sans text-small max-md:hidden">
            {shortcut}
          </kbd>
        </button>
        {platformAdmin && <AdminMenu />}
        <ThemeMenu />
        <AccountMenu />
      </div>
    </header>
  );
}

function ConnectionWord() {
  const broken = useBroken();
  return (
    <p role="status" className="min-w-0 text-small text-ink-muted">
      {broken && (
        <span className="inline-flex h-6 animate-enter items-center gap-1.5 rounded-tag bg-unknown-soft px-2 hatched">
          <WifiOff aria-hidden className="size-3.5" /> Reconnecting…
        </span>
      )}
    </p>
  );
}
