import { ControlStream, encodeControl, type InitLink, type ListedProcess } from '../init/index.ts';
import { exitOf } from './exit.ts';
import { keyOf } from './id.ts';
import type { Memo } from './memo.ts';
import type { ProcessExit, ProcessView, TerminalSize } from './types.ts';

/** A process that outlives its caller, as this connection to its init knows it. */
export class KeptProcess {
  readonly id: string;
  readonly memo: Memo;
  readonly keptBytes: number;
  readonly control: ControlStream;
  terminal: TerminalSize | undefined;
  #pid = 0;

  constructor(id: string, memo: Memo, keptBytes: number, terminal: TerminalSize | undefined, control: ControlStream) {
    this.id = id;
    this.memo = memo;
    this.keptBytes = keptBytes;
    this.terminal = terminal;
    this.control = control;
    void control.opened.then(
      (pid) => (this.#pid = pid),
      () => undefined,
    );
  }

  /** Takes one up that another connection has begun. */
  static takeUp(link: InitLink, id: string, memo: Memo, listed: ListedProcess): KeptProcess {
    const control = link.open(encodeControl(keyOf(id)), (send) => new ControlStream(send, 0));
    if (!listed.inputIsOpen) control.input.close();
    return new KeptProcess(id, memo, listed.kept, listed.terminal, control);
  }

  get exit(): ProcessExit | undefined {
    const outcome = this.control.outcome;
    return outcome?.type === 'ended' ? exitOf(outcome.result) : undefined;
  }

  /** `written` and `oldest` are what its init has said of its output. */
  view({ written, oldest }: { readonly written: number; readonly oldest: number }): ProcessView {
    const { argv, name, user, cwd, at } = this.memo;
    return {
      id: this.id,
      pid: this.#pid,
      argv,
      name,
      user,
      cwd,
      terminal: this.terminal,
      detached: true,
      startedAt: new Date(at),
      exit: this.exit,
      outputOffset: written,
      oldestOffset: oldest,
      keptBytes: this.keptBytes,
      inputOffset: this.control.input.taken,
      inputOpen: this.control.input.isOpen,
    };
  }
}
