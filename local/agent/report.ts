import { EventEmitter, once } from 'node:events';
import { z } from 'zod';
import { followLog, type LogLine } from '../processes/log-file.ts';
import type { Board, Part } from '../terminal/board.ts';

/** The lines of the agent's log that tell something; what they say in words is for people alone. */
const startedLine = z.object({ host: z.string(), runtimeProblem: z.string(), templates: z.array(z.string()) });
const connectedLine = z.object({ connected: z.literal(true) });
const templateLine = z.object({
  level: z.string(),
  msg: z.string(),
  template: z.string(),
  percent: z.number().optional(),
  err: z.object({ message: z.string() }).optional(),
});
const pausedLine = z.object({ sandboxes: z.number() });

/** What the agent tells through its log: what it can do, templates being made, sandboxes paused, and what is wrong. */
export class AgentReport {
  readonly #board: Board;
  readonly #making = new Map<string, Part>();
  readonly #changes = new EventEmitter();
  #stopFollowing: () => void = () => {};
  #runtimeProblem = '';
  #isConnected = false;
  #isStopping = false;
  #pausedSandboxes: number | undefined;
  #lastWarning = '';

  constructor(board: Board) {
    this.#board = board;
  }

  /** Why it can start no sandbox. Empty where it can. */
  get runtimeProblem(): string {
    return this.#runtimeProblem;
  }

  /** How many sandboxes it paused when it was stopped. */
  get pausedSandboxes(): number | undefined {
    return this.#pausedSandboxes;
  }

  /** Whether a template is being made. */
  get isMaking(): boolean {
    return this.#making.size > 0;
  }

  /** Resolves once the agent is connected to its control plane. */
  async connected(signal: AbortSignal): Promise<void> {
    while (!this.#isConnected) await once(this.#changes, 'change', { signal });
  }

  /** Resolves once no template is being made. */
  async templatesMade(signal: AbortSignal): Promise<void> {
    while (this.isMaking) await once(this.#changes, 'change', { signal });
  }

  /** From now on, sandboxes are paused because the agent is stopped. */
  expectEnd(): void {
    this.#isStopping = true;
  }

  follow(logFile: string): void {
    this.#stopFollowing = followLog(logFile, (line) => {
      this.#hear(line);
      this.#changes.emit('change');
    });
  }

  close(): void {
    this.#stopFollowing();
  }

  #hear(line: LogLine): void {
    const started = startedLine.safeParse(line).data;
    if (started) return this.#hearStart(started);
    if (connectedLine.safeParse(line).success) return void (this.#isConnected = true);
    const template = templateLine.safeParse(line).data;
    if (template) return this.#hearTemplate(template);
    const paused = pausedLine.safeParse(line).data;
    if (paused && this.#isStopping) return void (this.#pausedSandboxes = paused.sandboxes);
    if (line.level === 'warn' || line.level === 'error') this.#warn(line.msg);
  }

  /** It makes the template that everybody starts from, unless that is there or nothing can be started anyway. */
  #hearStart({ runtimeProblem, templates }: z.infer<typeof startedLine>): void {
    this.#runtimeProblem = runtimeProblem;
    if (runtimeProblem === '' && !templates.includes('base')) this.#partOf('base');
  }

  #hearTemplate({ level, msg, template, percent, err }: z.infer<typeof templateLine>): void {
    const part = this.#partOf(template);
    if (level === 'info' && percent !== undefined) return part.update(`${Math.round(percent)} %  ${msg}`);
    this.#making.delete(template);
    if (level === 'info') part.done('ready');
    else part.warn([msg, err?.message].filter(Boolean).join(' '));
  }

  #partOf(template: string): Part {
    const part = this.#making.get(template) ?? this.#board.begin(`Template ${template}`, 'preparing, once per machine');
    this.#making.set(template, part);
    return part;
  }

  /** What is said again and again is shown once, and what stands on the host's line already not at all. */
  #warn(message: string): void {
    const isShown = message === this.#lastWarning || (this.#runtimeProblem && message.endsWith(this.#runtimeProblem));
    this.#lastWarning = message;
    if (!isShown) this.#board.print(`    ${message}`);
  }
}
