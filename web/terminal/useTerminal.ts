import { useTransport } from '@connectrpc/connect-query';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { openScreen, type OpenScreen } from './open-screen.ts';
import { TerminalSession, type SessionState } from './session.ts';

/** A hidden tab gives its connection back after this. */
const hiddenMs = 5000;

interface UsedTerminal {
  readonly place: RefObject<HTMLDivElement | null>;
  readonly screen: OpenScreen | undefined;
  readonly state: SessionState;
  readonly selected: boolean;
  /** Tries again after a refusal. */
  readonly again: () => void;
}

const opening: SessionState = { phase: 'connecting', exit: undefined, error: undefined };

/** Attaches to a terminal process for as long as the component stands; the process goes on afterwards. */
export function useTerminal(sandboxId: string, processId: string, label: string, onLeave: () => void): UsedTerminal {
  const transport = useTransport();
  const place = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<OpenScreen>();
  const [state, setState] = useState(opening);
  const [selected, setSelected] = useState(false);
  const session = useRef<TerminalSession>(undefined);
  const leave = useRef(onLeave);
  leave.current = onLeave;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const gone = new AbortController();
    let hidden: ReturnType<typeof setTimeout> | undefined;
    setState(opening);
    const show = async () => {
      const open = await openScreen(
        element,
        {
          label,
          onType: (bytes) => session.current?.type(bytes),
          onResize: (size) => session.current?.resize(size),
          onLeave: () => leave.current(),
          onSelect: setSelected,
        },
        gone.signal,
      );
      if (open === undefined) return;
      gone.signal.addEventListener('abort', open.close);
      const attached = new TerminalSession({
        transport,
        sandboxId,
        processId,
        screen: open,
        wait: untilOnline,
        onChange: (next) => {
          if (gone.signal.aborted) return;
          setState(next);
          if (next.exit) open.stopInput();
        },
      });
      session.current = attached;
      attached.resize(open.size());
      gone.signal.addEventListener('abort', () => attached.detach());
      setScreen(open);
      open.focus();
      void attached.attach();
    };
    const visibilityChanged = () => {
      clearTimeout(hidden);
      if (document.visibilityState === 'hidden') hidden = setTimeout(() => session.current?.rest(), hiddenMs);
      else void session.current?.attach();
    };
    document.addEventListener('visibilitychange', visibilityChanged);
    void show();
    return () => {
      clearTimeout(hidden);
      document.removeEventListener('visibilitychange', visibilityChanged);
      gone.abort();
      session.current = undefined;
      setScreen(undefined);
    };
  }, [transport, sandboxId, processId, label]);

  return {
    place,
    screen,
    state,
    selected,
    again: () => {
      session.current?.rest();
      void session.current?.attach();
    },
  };
}

/** Waits for so long, or until the network is back. */
function untilOnline(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}
