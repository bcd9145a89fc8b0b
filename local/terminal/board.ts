import { styleText } from 'node:util';

/** A terminal or a file. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** How a part ended. */
type Outcome = 'done' | 'warn' | 'fail';

/** One line of the board: something that is being got ready. */
export interface Part {
  /** What it does now. */
  update(text: string): void;
  /** A line above the board that stays. */
  note(text: string): void;
  done(text: string): void;
  warn(text: string): void;
  fail(text: string): void;
  finish(outcome: Outcome, text: string): void;
}

interface Line {
  readonly title: string;
  state: 'running' | Outcome;
  text: string;
}

const marks = { running: '…', done: '✓', warn: '!', fail: '✗' } as const;
const colours = { running: 'cyan', done: 'green', warn: 'yellow', fail: 'red' } as const;
const titleWidth = 16;

/**
 * Shows the parts that are being got ready, one line each. A terminal shows them changing in place; a file gets a line
 * whenever one begins something new or ends.
 */
export class Board {
  readonly #screen: Screen;
  readonly #lines: Line[] = [];
  #drawn = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Begins a part. */
  begin(title: string, text: string): Part {
    const line: Line = { title, state: 'running', text: '' };
    this.#lines.push(line);
    const set = (state: Line['state'], next: string) => this.#set(line, state, next);
    set('running', text);
    return {
      update: (next) => set('running', next),
      note: (note) => this.print(`    ${note}`),
      done: (next) => set('done', next),
      warn: (next) => set('warn', next),
      fail: (next) => set('fail', next),
      finish: set,
    };
  }

  /** Prints above what still changes. */
  print(text: string): void {
    this.#erase();
    this.#screen.write(`${text}\n`);
    this.#draw();
  }

  #set(line: Line, state: Line['state'], text: string): void {
    if (line.state === state && line.text === text) return;
    line.state = state;
    line.text = text;
    if (this.#screen.isTTY) {
      this.#erase();
      this.#draw();
    } else {
      this.#screen.write(`${this.#textOf(line)}\n`);
      if (state !== 'running') this.#lines.splice(this.#lines.indexOf(line), 1);
    }
  }

  #erase(): void {
    if (!this.#screen.isTTY || this.#drawn === 0) return;
    this.#screen.write(`\u001b[${this.#drawn}A\u001b[J`);
    this.#drawn = 0;
  }

  /** Lines that have ended and stand above all that still change are printed for good. */
  #draw(): void {
    if (!this.#screen.isTTY) return;
    while (this.#lines[0] && this.#lines[0].state !== 'running') {
      this.#screen.write(`${this.#textOf(this.#lines.shift()!)}\n`);
    }
    for (const line of this.#lines) this.#screen.write(`${this.#textOf(line, this.#screen.columns ?? 80)}\n`);
    this.#drawn = this.#lines.length;
  }

  /** What will be taken back must not wrap: it is shortened to the terminal's width. */
  #textOf({ title, state, text }: Line, columns = Infinity): string {
    const room = columns - titleWidth - 7;
    const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    return `  ${paint(this.#screen, colours[state], marks[state])} ${title.padEnd(titleWidth)}  ${shown}`;
  }
}

/** Colour, where a person looks and has not asked for none. */
export function paint(
  screen: Screen,
  colour: 'cyan' | 'green' | 'yellow' | 'red' | 'bold' | 'dim',
  text: string,
): string {
  const coloured = screen.isTTY && !process.env.NO_COLOR;
  return coloured ? styleText(colour, text, { validateStream: false }) : text;
}
