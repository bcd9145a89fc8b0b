import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import type { Context } from '../context.ts';
import { StartupError } from '../startup-error.ts';
import { Wakeup } from '../wakeup.ts';
import type { ConfigFile, ConfiguredComponent } from './config-file.ts';
import { readHead } from './git.ts';
import type { OwnBuild } from './own-build.ts';
import { ProbeError } from './probe-error.ts';
import { FileProbe } from './probe-file.ts';
import { WorktreeProbe } from './probe-worktree.ts';
import { ProcessStarts } from './process-start.ts';
import { reportFailure, reportFinding, sameReports, type ComponentReport, type Finding } from './report.ts';

interface RunningProbe {
  look(signal: AbortSignal): Promise<Finding>;
}

/** What the control plane calls the agent's own repository, unless it says otherwise. */
const ownRepository = 'muster';

/** Keeps the reports of all components fresh: the agent's own, and those of the config file, which is read again when it changes. */
export class ComponentWatch {
  readonly #configFile: ConfigFile;
  readonly #own: OwnBuild;
  readonly #starts = new ProcessStarts();
  readonly #probes = new Map<string, RunningProbe>();
  #reports: readonly ComponentReport[] = [];

  constructor(configFile: ConfigFile, own: OwnBuild) {
    this.#configFile = configFile;
    this.#own = own;
  }

  get reports(): readonly ComponentReport[] {
    return this.#reports;
  }

  /** Looks again every `everyMs`, and calls the listener when a report has changed. Ends with the signal. */
  async run(context: Context, everyMs: number, onChange: () => void): Promise<never> {
    for (;;) {
      await new Wakeup().wait(everyMs, context.signal);
      if (await this.look(context)) onChange();
    }
  }

  /** Looks at everything once. Answers whether a report has changed. */
  async look(context: Context): Promise<boolean> {
    try {
      this.#configFile.refresh();
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
      context.log.warn(`${error.message} What it said before stays in force.`);
    }
    const { components } = this.#configFile.settings;
    this.#forgetAllBut(components);
    const reports = await Promise.all([
      this.#lookAtOwn(context.signal),
      ...components.map((each) => this.#lookAt(context, each)),
    ]);
    context.signal.throwIfAborted();
    const changed = !sameReports(reports, this.#reports);
    this.#reports = reports;
    return changed;
  }

  async #lookAt(context: Context, component: ConfiguredComponent): Promise<ComponentReport> {
    const { name, repository, probe } = component;
    const source = probe.kind === 'worktree' ? BuildSource.WORKTREE : BuildSource.FILE;
    try {
      return reportFinding(name, repository, await this.#probeOf(component).look(context.signal));
    } catch (error) {
      if (!(error instanceof ProbeError))
        context.log.error({ err: error, component: name }, 'A probe failed in an unexpected way.');
      return reportFailure(name, repository, source, error instanceof Error ? error.message : String(error));
    }
  }

  #forgetAllBut(components: readonly ConfiguredComponent[]): void {
    const configured = new Set(components.map(keyOf));
    for (const key of this.#probes.keys()) if (!configured.has(key)) this.#probes.delete(key);
  }

  #probeOf(component: ConfiguredComponent): RunningProbe {
    const { probe } = component;
    const key = keyOf(component);
    const known = this.#probes.get(key);
    if (known) return known;
    const Probe = probe.kind === 'worktree' ? WorktreeProbe : FileProbe;
    const made = new Probe(probe.path, probe.process, this.#starts);
    this.#probes.set(key, made);
    return made;
  }

  async #lookAtOwn(signal: AbortSignal): Promise<ComponentReport> {
    const { sha, dirty, builtAt, startedAt, worktree, problem } = this.#own;
    if (problem) return reportFailure('muster-agent', ownRepository, BuildSource.BAKED, problem);
    const worktreeSha = worktree ? await readHead(worktree, signal).catch(() => '') : '';
    return reportFinding('muster-agent', ownRepository, {
      source: BuildSource.BAKED,
      runningSha: sha,
      worktreeSha,
      dirty,
      builtAt,
      startedAt,
    });
  }
}

const keyOf = ({ probe }: ConfiguredComponent) => JSON.stringify(probe);
