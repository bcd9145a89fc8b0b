import { Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { FleetBanner } from '../hosts/FleetBanner.tsx';
import { useCallerChanges } from '../session/useCallerChanges.ts';
import { CommandPalette } from './CommandPalette.tsx';
import { Navigation, PhoneNavigation } from './Navigation.tsx';
import { TopBar } from './TopBar.tsx';

/** The console around every page of the signed-in. */
export function Frame() {
  const [searching, setSearching] = useState(false);
  useShortcut(() => setSearching(true));
  const main = useFocusOnNewPage();
  useCallerChanges();
  return (
    <div className="flex min-h-dvh">
      <a
        href="#content"
        className="sr-only z-50 rounded-control bg-raised px-3 py-2 text-table shadow-popup focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <Navigation />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar onSearch={() => setSearching(true)} />
        <main ref={main} id="content" tabIndex={-1} className="flex-1 outline-none max-md:pb-16">
          <FleetBanner />
          <Outlet />
        </main>
      </div>
      <PhoneNavigation />
      <CommandPalette open={searching} onClose={() => setSearching(false)} />
    </div>
  );
}

function useShortcut(open: () => void): void {
  const latest = useRef(open);
  latest.current = open;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

/** Moves the keyboard and the screen reader to the content when the page changes, not at the first. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const path = useLocation({ select: (location) => location.pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
}
