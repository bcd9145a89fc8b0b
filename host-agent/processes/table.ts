import { constants } from 'node:os';
import {
  ControlStream,
  encodeKept,
  type InitLink,
  type KeptSpec,
  listKept,
  type ListedProcess,
  type ProcessSpec,
  stdinWindow,
} from '../init/index.ts';
import { idOf, keyOf } from './id.ts';
import { KeptProcess } from './kept-process.ts';
import { decodeMemo, encodeMemo, type Memo } from './memo.ts';
import { ProcessError, type ProcessView } from './types.ts';

/** The processes of one sandbox that outlive their callers, over one connection to its init, which is where they are remembered. */
export class ProcessTable {
  readonly #link: InitLink;
  readonly #known = new Map<string, KeptProcess>();
  readonly #starting = new Map<string, Promise<KeptProcess>>();
  #listing: Promise<ListedProcess[]> | undefined;

  private constructor(link: InitLink) {
    this.#link = link;
  }

  /** Takes up what the init remembers. Throws what ended the connection. */
  static async open(link: InitLink): Promise<ProcessTable> {
    if (link.revision < 1)
      throw new ProcessError('wrong_state', 'This sandbox was started by an older agent: create a new one.');
    const table = new ProcessTable(link);
    for (const listed of await table.#list()) table.#takeUp(listed);
    await Promise.all([...table.#known.values()].map((process) => process.control.opened));
    return table;
  }

  /** Starts one, or answers the one of this id. */
  start(id: string, spec: Omit<KeptSpec, 'key' | 'memo'>, memo: Memo, process: ProcessSpec): Promise<KeptProcess> {
    const known = this.#known.get(id);
    if (known) return Promise.resolve(known);
    const starting = this.#starting.get(id) ?? this.#start(id, spec, memo, process);
    this.#starting.set(id, starting);
    return starting.finally(() => this.#starting.delete(id));
  }

  /** Throws `no_process`. */
  get(id: string): KeptProcess {
    const process = this.#known.get(id);
    if (!process) throw noProcess();
    return process;
  }

  find(id: string): KeptProcess | undefined {
    return this.#known.get(id);
  }

  /** The init has forgotten it. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  /** All that the init remembers now. */
  async views(): Promise<ProcessView[]> {
    const list = await this.#list();
    const views = list.map((listed) => (this.#known.get(idOf(listed.key)) ?? this.#takeUp(listed)).view(listed));
    const present = new Set(views.map(({ id }) => id));
    for (const [id, { exit }] of this.#known) if (exit && !present.has(id)) this.#known.delete(id);
    return views;
  }

  /** One of them, with what its init says of its output now. Throws `no_process`. */
  async view(id: string): Promise<ProcessView> {
    const view = (await this.views()).find((one) => one.id === id);
    if (!view) throw noProcess();
    return view;
  }

  async #start(
    id: string,
    spec: Omit<KeptSpec, 'key' | 'memo'>,
    memo: Memo,
    process: ProcessSpec,
  ): Promise<KeptProcess> {
    const body = encodeKept({ ...spec, key: keyOf(id), memo: encodeMemo(memo) }, process);
    if (!Buffer.isBuffer(body))
      throw new ProcessError('wrong_state', `It cannot be started: ${body.impossible}.`, { field: 'argv' });
    const control = this.#link.open(body, (send) => new ControlStream(send, stdinWindow));
    if (!process.withStdin && !spec.terminal) control.input.close();
    const started = new KeptProcess(id, memo, spec.kept, spec.terminal, control);
    await control.opened;
    const outcome = control.outcome;
    if (outcome?.type === 'ended' && outcome.result.notStarted) throw refusal(outcome.result.code);
    this.#known.set(id, started);
    return started;
  }

  #takeUp(listed: ListedProcess): KeptProcess {
    const id = idOf(listed.key);
    const process = KeptProcess.takeUp(this.#link, id, decodeMemo(listed.memo), listed);
    this.#known.set(id, process);
    return process;
  }

  /** One at a time: the init makes no second list beside it. */
  async #list(): Promise<ListedProcess[]> {
    const before = this.#listing;
    const listing = before ? before.then(() => listKept(this.#link)) : listKept(this.#link);
    this.#listing = listing;
    try {
      return await listing;
    } finally {
      if (this.#listing === listing) this.#listing = undefined;
    }
  }
}

export const noProcess = (): ProcessError =>
  new ProcessError('no_process', 'There is no such process in this sandbox, or it ended long ago.', {
    field: 'process_id',
  });

function refusal(errno: number): ProcessError {
  const { errno: errors } = constants;
  if (errno === errors.EMFILE)
    return new ProcessError('limit', 'Too many processes were started in this sandbox: end some of the 64 first.');
  if (errno === errors.EAGAIN) return new ProcessError('limit', 'The sandbox has reached its limit of processes.');
  if (errno === errors.ENOMEM)
    return new ProcessError('limit', 'The sandbox has no memory left for another process: end some first.');
  return new ProcessError('wrong_state', `The process cannot be started in this sandbox (errno ${errno}).`);
}
