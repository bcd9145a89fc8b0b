import type { ITheme } from '@xterm/xterm';

/** Which token of theme.css stands for which colour of a terminal. */
const tokens = {
  background: 'ground',
  foreground: 'ink',
  cursor: 'cursor',
  cursorAccent: 'ground',
  selectionBackground: 'selection',
  black: 'black',
  red: 'red',
  green: 'green',
  yellow: 'yellow',
  blue: 'blue',
  magenta: 'magenta',
  cyan: 'cyan',
  white: 'white',
  brightBlack: 'bright-black',
  brightRed: 'bright-red',
  brightGreen: 'bright-green',
  brightYellow: 'bright-yellow',
  brightBlue: 'bright-blue',
  brightMagenta: 'bright-magenta',
  brightCyan: 'bright-cyan',
  brightWhite: 'bright-white',
} as const satisfies ITheme;

/** The colours as they are in the theme of the moment. The browser computes them: xterm.js knows no variables. */
export function terminalColours(place: HTMLElement): ITheme {
  const probe = place.ownerDocument.createElement('span');
  place.append(probe);
  const colours = Object.entries(tokens).map(([name, token]) => {
    probe.style.color = `var(--terminal-${token})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(colours);
}

/** Calls whenever the theme may have changed, by choice or by the system. Answers how to stop. */
export function onThemeChange(changed: () => void): () => void {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const choice = new MutationObserver(changed);
  choice.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  system.addEventListener('change', changed);
  return () => {
    choice.disconnect();
    system.removeEventListener('change', changed);
  };
}
