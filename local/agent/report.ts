import { EventEmitter, once } from 'node:events';
import { followLog, type LogLine } from '../processes/log-file.ts';
import type { Board, Part } from '../terminal/board.ts';

/** What the agent tells through its log: templates being made, sandboxes paused, and what is wrong. */
export class AgentReport {
  readonly #board: Board;
  readonly #making = new Map<string, Part>();
  readonly #changes = new EventEmitter();
  #stopFollowing: () => void = () => {};
  #lastWarning = '';
  #isRunning = false;
  #isStopping = false;
  #pausedSandboxes: number | undefined;

  constructor(board: Board) {
    this.#board = board;
  }

  /** How many sandboxes it paused when it was stopped. */
  get pausedSandboxes(): number | undefined {
    return this.#pausedSandboxes;
  }

  /** Whether a template is being made. */
  get isMaking(): boolean {
    return this.#making.size > 0;
  }

  /** Resolves once no template is being made. */
  async templatesMade(signal: AbortSignal): Promise<void> {
    while (this.isMaking) await once(this.#changes, 'made', { signal });
  }

  /** Resolves once the agent has taken up its sandboxes and looks for its control plane. */
  async running(signal: AbortSignal): Promise<void> {
    if (!this.#isRunning) await once(this.#changes, 'running', { signal });
  }

  /** From now on, sandboxes are paused because the agent is stopped. */
  expectEnd(): void {
    this.#isStopping = true;
  }

  follow(logFile: string): void {
    this.#stopFollowing = followLog(logFile, (line) => this.#hear(line));
  }

  close(): void {
    this.#stopFollowing();
  }

  #hear(line: LogLine): void {
    const { template, percent, sandboxes, host } = line;
    if (typeof template === 'string' && line.level === 'info') this.#hearTemplate(template, percent, line.msg);
    else if (typeof sandboxes === 'number' && host !== undefined) this.#hearStart();
    else if (typeof sandboxes === 'number' && this.#isStopping) this.#pausedSandboxes = sandboxes;
    else if (line.level === 'warn' || line.level === 'error') this.#warn(line.msg);
  }

  #hearStart(): void {
    this.#isRunning = true;
    this.#changes.emit('running');
  }

  #hearTemplate(template: string, percent: unknown, message: string): void {
    const part = this.#making.get(template) ?? this.#board.begin(`Template ${template}`, message);
    this.#making.set(template, part);
    if (typeof percent === 'number') return part.update(`${Math.round(percent)} %  ${message}`);
    part.done('ready');
    this.#making.delete(template);
    this.#changes.emit('made');
  }

  /** What is said again and again is shown once. */
  #warn(message: string): void {
    if (message === this.#lastWarning) return;
    this.#lastWarning = message;
    this.#board.print(`    ${message}`);
  }
}
