import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import { UpdateKind, type HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';

/** An update that the control plane has asked for. */
export interface SimulatedUpdate {
  readonly updateId: string;
  readonly component: string;
  readonly kind: 'update' | 'return';
  readonly targetSha: string;
  readonly fromSha: string;
}

/** What becomes of it: it runs on, it ends and has brought the component to a commit (or nowhere), or there is no command for it. */
export type UpdateOutcome =
  | 'runs'
  | 'not offered'
  | { readonly exitCode: number; readonly brings: string | undefined; readonly log?: string };

/** Every command does what it should. */
export const wellBehaved = ({ targetSha, component }: SimulatedUpdate): UpdateOutcome => ({
  exitCode: 0,
  brings: targetSha,
  log: `${component} is at ${targetSha}\n`,
});

type Handlers = Pick<ServiceImpl<typeof HostAgentService>, 'applyUpdate' | 'stopUpdate'>;

/** The update commands of a simulated host. */
export class SimulatedUpdates {
  /** Every update that was begun, in order. */
  readonly begun: SimulatedUpdate[] = [];
  behave: (update: SimulatedUpdate) => UpdateOutcome = wellBehaved;
  readonly #ended = new Map<string, { exitCode: number; problem: string; log: string }>();
  readonly #bring: (component: string, sha: string) => void;

  constructor(bring: (component: string, sha: string) => void) {
    this.#bring = bring;
  }

  get handlers(): Handlers {
    return {
      applyUpdate: ({ logOffset, kind, ...rest }) => {
        const update = { ...rest, kind: kind === UpdateKind.RETURN ? ('return' as const) : ('update' as const) };
        const end = this.#ended.get(update.updateId) ?? this.#advance(update);
        if (!end) return {};
        const { log, ...how } = end;
        return { log: Buffer.from(log).subarray(Number(logOffset)), end: how };
      },
      stopUpdate: ({ updateId }) => {
        if (!this.#ended.has(updateId)) this.#ended.set(updateId, { exitCode: -1, problem: 'It was ended.', log: '' });
        return {};
      },
    };
  }

  #advance(update: SimulatedUpdate) {
    const outcome = this.behave(update);
    if (outcome === 'not offered')
      throw new ConnectError(`Nothing updates ${update.component} here.`, Code.NotFound, undefined, [
        { desc: ErrorInfoSchema, value: { reason: Reason.UPDATE_NOT_OFFERED, field: 'component' } },
      ]);
    if (!this.begun.some(({ updateId }) => updateId === update.updateId)) this.begun.push(update);
    if (outcome === 'runs') return undefined;
    const { exitCode, brings, log = '' } = outcome;
    const end = { exitCode, problem: exitCode === 0 ? '' : `The command ended with exit code ${exitCode}.`, log };
    this.#ended.set(update.updateId, end);
    if (brings !== undefined) this.#bring(update.component, brings);
    return end;
  }
}
