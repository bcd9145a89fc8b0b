import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { AccessAccountSchema, AccessReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { AccessKeyKind, type AccessKey, type ApplyAccessRequest } from '#proto/muster/agent/v1/host_agent_pb.js';

type Account = MessageInitShape<typeof AccessAccountSchema>;

/** Whose SSH keys are wanted on a simulated host, in memory. */
export class SimulatedAccess {
  /** Those that its agent's config would name. Where there are none, it reports nothing. */
  accounts: readonly Account[];
  #told: Pick<ApplyAccessRequest, 'generation' | 'revision' | 'keys'> = { generation: '', revision: 0n, keys: [] };
  #sequence = 0n;

  constructor(accounts: readonly Account[]) {
    this.accounts = accounts;
  }

  /** Keys that are in force. */
  get keys(): readonly AccessKey[] {
    return this.#told.keys.filter(
      (key) =>
        (!key.expiresAt || timestampMs(key.expiresAt) > Date.now()) &&
        this.accounts.some((account) =>
          key.kind === AccessKeyKind.SUPPORT ? account.takesSupport : account.takesTesters,
        ),
    );
  }

  /** An older revision of the same database changes nothing. */
  apply(request: ApplyAccessRequest): void {
    if (request.generation === this.#told.generation && request.revision < this.#told.revision) return;
    this.#told = request;
  }

  report(instanceId: string): MessageInitShape<typeof AccessReportSchema> {
    const { generation, revision } = this.#told;
    return {
      instanceId,
      sequence: this.#sequence++,
      generation,
      revision,
      accounts: [...this.accounts],
      keyIds: [...new Set(this.keys.map(({ id }) => id))],
    };
  }
}
