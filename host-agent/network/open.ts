import { endsOf, linkPrefix } from './addresses.ts';
import { allowForwarding, endForwarding } from './forwarding.ts';
import { KernelNetwork, NetworkFailed } from './kernel.ts';
import { listLinks, makeLink, removeLink } from './link.ts';
import { resolvesNames, type EgressPolicy, type NetworkPolicy } from './policy.ts';
import { probeNetwork } from './probe.ts';
import { machineNameservers, Resolver, type Nameservers } from './resolver.ts';
import { memberScript, noTableScript, removalScript, tablePrefix, tableScript, type Member } from './rules.ts';
import { sweepTables } from './sweep.ts';

export interface NetworkOptions {
  /** Of this agent alone on the machine; its table is named after it. */
  readonly name: string;
  readonly dataDir: string;
  /** The machine's own where undefined. */
  readonly nameservers?: readonly string[] | undefined;
  readonly warn?: ((fields: Record<string, unknown>, message: string) => void) | undefined;
}

/** A sandbox as the network knows it: by its user ids. */
interface Linked {
  readonly policy: EgressPolicy;
  resolver: Resolver | undefined;
}

/**
 * The networks of an agent's sandboxes. Each sandbox has a network namespace of its own from its runtime; one with egress
 * gets a link into it. Link and addresses end with the sandbox's last process, whoever dies; the rules are one table,
 * made anew as a whole when an agent begins.
 */
export class SandboxNetworks {
  readonly #machine = new KernelNetwork();
  readonly #table: string;
  readonly #options: NetworkOptions;
  readonly #nameservers: Nameservers;
  readonly #linked = new Map<number, Linked>();
  /** Made when it is first needed: a machine whose sandboxes have no network stays as it is. */
  #ready: Promise<void> | undefined;

  private constructor(options: NetworkOptions) {
    this.#options = options;
    this.#table = `${tablePrefix}${options.name.replace(/[^A-Za-z0-9]/g, '_')}`;
    const { nameservers } = options;
    this.#nameservers = nameservers ? async () => nameservers : machineNameservers;
  }

  /** Tries whether this machine can do it, and changes nothing of it. Answers why not, in one sentence. */
  static async open(options: NetworkOptions): Promise<SandboxNetworks | { readonly problem: string }> {
    try {
      await probeNetwork();
      const networks = new SandboxNetworks(options);
      await networks.#sweep();
      return networks;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return {
        problem: `Sandboxes cannot have a network on this machine: ${why}. It needs root, nftables and iproute2 (apt-get install nftables iproute2).`,
      };
    }
  }

  /** What is at `/etc/resolv.conf` in a sandbox, whether it has a network or gets one later. */
  static resolvConf(firstId: number): string {
    return `nameserver ${endsOf(firstId).hostAddress}\noptions timeout:3 attempts:2\n`;
  }

  /** Takes up those that an earlier agent has linked: all rules in one transaction, then their names. */
  async adopt(sandboxes: readonly { readonly firstId: number; readonly network: NetworkPolicy }[]): Promise<void> {
    const members = sandboxes.flatMap(({ firstId, network }) =>
      network.mode === 'egress' ? [{ firstId, ends: endsOf(firstId), policy: network }] : [],
    );
    if (members.length === 0) return this.#machine.nft(noTableScript(this.#table));
    this.#ready = this.#prepare(members);
    await this.#ready;
    for (const { firstId, policy } of members) {
      this.#linked.set(firstId, { policy, resolver: undefined });
      await this.#resolve(firstId).catch((error: unknown) =>
        this.#options.warn?.({ err: error }, 'The names of a sandbox cannot be resolved.'),
      );
    }
  }

  /** Gives a sandbox its network, or another policy: `pid` is any of its processes. Idempotent. Throws `NetworkFailed`. */
  async set(firstId: number, network: NetworkPolicy, pid: number): Promise<void> {
    if (network.mode === 'none') return this.remove(firstId);
    const before = this.#linked.get(firstId);
    const ends = endsOf(firstId);
    await (this.#ready ??= this.#prepare([]));
    await this.#machine.nft(memberScript(this.#table, { ends, policy: network }));
    this.#linked.set(firstId, { policy: network, resolver: before?.resolver });
    const isLinked = before && (await listLinks(this.#machine, ends.link)).includes(ends.link);
    if (!isLinked) {
      before?.resolver?.close();
      this.#linked.set(firstId, { policy: network, resolver: undefined });
      await makeLink(this.#machine, ends, pid);
    }
    await this.#resolve(firstId);
  }

  /** Takes a sandbox's network away. Idempotent; also of one whose processes have ended. */
  async remove(firstId: number): Promise<void> {
    const linked = this.#linked.get(firstId);
    if (!linked) return;
    const ends = endsOf(firstId);
    linked.resolver?.close();
    this.#linked.delete(firstId);
    await removeLink(this.#machine, ends.link);
    await this.#machine.nft(removalScript(this.#table, ends, linked.policy)).catch((error: unknown) =>
      // Somebody has deleted the table, or parts of it: what counts is that the link has gone.
      this.#options.warn?.({ err: error }, 'The rules of a sandbox could not be removed.'),
    );
  }

  /** Lets go; linked sandboxes keep their networks, but for names. Where there are none, nothing of ours stays. */
  async close(): Promise<void> {
    for (const { resolver } of this.#linked.values()) resolver?.close();
    if (this.#linked.size > 0 || !this.#ready) return;
    try {
      await this.#machine.nft(noTableScript(this.#table));
      if ((await listLinks(this.#machine, linkPrefix)).length === 0) await endForwarding(this.#machine);
    } catch (error) {
      if (!(error instanceof NetworkFailed)) throw error;
      this.#options.warn?.({ err: error }, 'The table of networks could not be removed.');
    }
  }

  /** What others have left behind is no reason to have no networks. */
  async #sweep(): Promise<void> {
    try {
      const tables = await sweepTables(this.#machine, this.#table);
      if (tables.length > 0) this.#options.warn?.({ tables }, 'Rules of agents that are gone were removed.');
    } catch (error) {
      this.#options.warn?.({ err: error }, 'Rules of agents that are gone could not be removed.');
    }
  }

  async #prepare(members: readonly Member[]): Promise<void> {
    try {
      await this.#machine.nft(tableScript(this.#table, this.#options.dataDir, members));
      await allowForwarding(this.#machine);
    } catch (error) {
      this.#ready = undefined; // to be tried again
      throw error;
    }
  }

  /** Answers its questions about names, or no longer. */
  async #resolve(firstId: number): Promise<void> {
    const linked = this.#linked.get(firstId);
    if (!linked) return;
    const wanted = resolvesNames(linked.policy);
    if (!wanted) linked.resolver?.close();
    if (!wanted) linked.resolver = undefined;
    else linked.resolver ??= await Resolver.open(endsOf(firstId).hostAddress, this.#nameservers);
  }
}
