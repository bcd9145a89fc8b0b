import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { onThemeChange, terminalColours } from './colours.ts';
import type { Screen } from './session.ts';

interface ScreenEvents {
  readonly label: string;
  readonly onType: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly onResize: (size: { cols: number; rows: number }) => void;
  /** Who works by keyboard wants out: Tab belongs to the shell. */
  readonly onLeave: () => void;
  readonly onSelect: (selected: boolean) => void;
}

export interface OpenScreen extends Screen {
  readonly size: () => { cols: number; rows: number };
  readonly focus: () => void;
  /** As if it had been typed. */
  readonly type: (text: string) => void;
  readonly arrow: (letter: 'A' | 'B' | 'C' | 'D') => void;
  readonly paste: (text: string) => void;
  readonly copySelection: () => void;
  readonly stopInput: () => void;
  readonly close: () => void;
}

/** Output that is on its way to the screen; beyond this the process is made to wait. */
const pendingBytes = 256 * 1024;
const font = '13px "JetBrains Mono Variable"';

/** Puts a terminal into an element and keeps it as large as that. */
export async function openScreen(
  place: HTMLElement,
  events: ScreenEvents,
  gone: AbortSignal,
): Promise<OpenScreen | undefined> {
  // Letters are measured once, so the right ones have to be there. Without them the next best are used.
  await document.fonts.load(font).catch(() => []);
  if (gone.aborted) return undefined;
  const terminal = new Terminal({
    fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
    fontSize: 13,
    lineHeight: 1.25,
    scrollback: 10_000,
    minimumContrastRatio: 4.5,
    cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    theme: terminalColours(place),
    // Without it Option writes letters on a Mac, and Alt keys of the shell are out of reach.
    macOptionIsMeta: true,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(place);
  terminal.textarea?.setAttribute('aria-label', events.label);
  fit.fit();

  let pending = 0;
  let replaying = 0;
  const encoder = new TextEncoder();
  terminal.onData((text) => (replaying === 0 || !answer.test(text)) && events.onType(encoder.encode(text)));
  terminal.onBinary((text) => events.onType(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
  terminal.onResize(events.onResize);
  terminal.onSelectionChange(() => events.onSelect(terminal.hasSelection()));

  const copySelection = () => copyText(terminal.getSelection());
  terminal.attachCustomKeyEventHandler((event) => {
    const does = ownKey(event);
    if (does === undefined) return true;
    if (event.type === 'keydown' && does !== 'paste') {
      event.preventDefault();
      if (does === 'copy') copySelection();
      else events.onLeave();
    }
    return false;
  });
  const sized = new ResizeObserver(() => fit.fit());
  sized.observe(place);
  const stopTheme = onThemeChange(() => (terminal.options.theme = terminalColours(place)));

  return {
    write: (bytes, replayed) => {
      pending += bytes.length;
      if (replayed) replaying += 1;
      return new Promise((resolve) => {
        terminal.write(bytes, () => {
          pending -= bytes.length;
          if (replayed) replaying -= 1;
          resolve();
        });
        if (pending < pendingBytes) resolve();
      });
    },
    note: (text) => terminal.write(`\r\n\u001b[0;2m[${text}]\u001b[0m\r\n`),
    size: () => ({ cols: terminal.cols, rows: terminal.rows }),
    focus: () => terminal.focus(),
    type: (text) => terminal.input(text),
    arrow: (letter) => terminal.input(`\u001b${terminal.modes.applicationCursorKeysMode ? 'O' : '['}${letter}`),
    paste: (text) => terminal.paste(text),
    copySelection,
    stopInput: () => {
      terminal.options.disableStdin = true;
      terminal.options.cursorBlink = false;
      terminal.write('\u001b[?25l');
    },
    close: () => {
      sized.disconnect();
      stopTheme();
      terminal.dispose();
    },
  };
}

/**
 * What a terminal says by itself: where its cursor is, what it can do, which colours it has, whether it has the focus.
 * What a replay asks was answered when it was new; answering again would type into the shell.
 */
// oxlint-disable-next-line no-control-regex -- escape sequences begin with the escape character
const answer = /^\u001b(?:\[[?>=]?[\d;]*(?:[cnRtIO]|\$y)|P[01]\$r|\]\d)/;

/** Keys that are the console's and not the program's. */
function ownKey({ ctrlKey, shiftKey, altKey, metaKey, code }: KeyboardEvent): 'leave' | 'copy' | 'paste' | undefined {
  if (!ctrlKey || altKey || metaKey) return undefined;
  if (!shiftKey) return code === 'KeyM' ? 'leave' : undefined;
  if (code === 'KeyC') return 'copy';
  return code === 'KeyV' ? 'paste' : undefined;
}

/** Over plain HTTP there is no clipboard to write to; the old way works from a key press. */
function copyText(text: string): void {
  if (text === '') return;
  if (window.isSecureContext) void navigator.clipboard.writeText(text).catch(() => undefined);
  else document.execCommand('copy');
}
