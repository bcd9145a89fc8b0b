import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import type { Context } from '../context.ts';
import { StartupError } from '../startup-error.ts';
import { Wakeup } from '../wakeup.ts';
import { Artifact } from './artifact.ts';
import { BootTime } from './boot-time.ts';
import type { ConfigFile, ConfiguredComponent, Probe, RunningProcess } from './config-file.ts';
import { readHead } from './git.ts';
import type { OwnBuild } from './own-build.ts';
import { ProbeError } from './probe-error.ts';
import { CommandProbe } from './probe-command.ts';
import { FileProbe } from './probe-file.ts';
import { HttpProbe } from './probe-http.ts';
import { WorktreeProbe } from './probe-worktree.ts';
import { ProcessStarts } from './process-start.ts';
import { reportFailure, reportFinding, sameReports, type ComponentReport, type Finding } from './report.ts';

interface RunningProbe {
  look(signal: AbortSignal): Promise<Finding>;
}

/** What is asked of a component, again and again. */
interface Asked {
  readonly probe: RunningProbe;
  readonly artifact: Artifact | undefined;
}

/** What the control plane calls the agent's own repository, unless it says otherwise. */
const ownRepository = 'muster';

/** Keeps the reports of all components fresh: the agent's own, and those of the config file, which is read again when it changes. */
export class ComponentWatch {
  readonly #configFile: ConfigFile;
  readonly #own: OwnBuild;
  readonly #starts: ProcessStarts;
  readonly #asked = new Map<string, Asked>();
  #reports: readonly ComponentReport[] = [];
  #lookedAtMs = 0;

  /** What has to outlive this process is kept in the folder `dataDir`, where there is one. */
  constructor(configFile: ConfigFile, own: OwnBuild, dataDir?: string) {
    this.#configFile = configFile;
    this.#own = own;
    this.#starts = new ProcessStarts(new BootTime(dataDir));
  }

  /** What the last look has found, with how long ago that was: a look that hangs must not make old answers new. */
  get reports(): readonly ComponentReport[] {
    const age = durationFromMs(Math.max(0, Math.round(performance.now() - this.#lookedAtMs)));
    return this.#reports.map((report) => ({ ...report, age }));
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
    const lookedAtMs = performance.now();
    const reports = await Promise.all([
      this.#lookAtOwn(context.signal),
      ...components.map((each) => this.#lookAt(context, each)),
    ]);
    context.signal.throwIfAborted();
    const changed = !sameReports(reports, this.#reports);
    this.#reports = reports;
    this.#lookedAtMs = lookedAtMs;
    return changed;
  }

  async #lookAt(context: Context, component: ConfiguredComponent): Promise<ComponentReport> {
    const { name, repository, probe } = component;
    try {
      const { probe: asked, artifact } = this.#askedOf(component);
      const finding = await asked.look(context.signal);
      const noProcess = probe.process === 'none';
      const artifactSha256 = await artifact?.digest(noProcess ? 'no process' : finding.startedAt, context.signal);
      return reportFinding(name, repository, finding, { artifactSha256, noProcess });
    } catch (error) {
      if (!(error instanceof ProbeError))
        context.log.error({ err: error, component: name }, 'A probe failed in an unexpected way.');
      return reportFailure(
        name,
        repository,
        sources[probe.kind],
        error instanceof Error ? error.message : String(error),
      );
    }
  }

  #forgetAllBut(components: readonly ConfiguredComponent[]): void {
    const configured = new Set(components.map(keyOf));
    for (const key of this.#asked.keys()) if (!configured.has(key)) this.#asked.delete(key);
  }

  #askedOf(component: ConfiguredComponent): Asked {
    const key = keyOf(component);
    const known = this.#asked.get(key);
    if (known) return known;
    const { probe, artifact } = component;
    const made = { probe: openProbe(probe, this.#starts), artifact: artifact ? new Artifact(artifact) : undefined };
    this.#asked.set(key, made);
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

const sources = {
  worktree: BuildSource.WORKTREE,
  file: BuildSource.FILE,
  http: BuildSource.HTTP,
  command: BuildSource.COMMAND,
} satisfies Record<Probe['kind'], BuildSource>;

function openProbe(probe: Probe, starts: ProcessStarts): RunningProbe {
  switch (probe.kind) {
    case 'worktree':
      return new WorktreeProbe(probe.path, processOf(probe), starts);
    case 'file':
      return new FileProbe(probe.path, processOf(probe), starts);
    case 'http':
      return new HttpProbe({ url: probe.url, timeoutMs: probe.timeout, process: probe.process }, starts);
    case 'command': {
      const { command, asks, timeout, process } = probe;
      return new CommandProbe({ command, asks, timeoutMs: timeout, process }, starts);
    }
  }
}

const processOf = ({ process }: Probe): RunningProcess | undefined => (process === 'none' ? undefined : process);

/** Two components may look alike, but what was seen of one is not shown for the other. */
const keyOf = ({ name, probe, artifact }: ConfiguredComponent) => JSON.stringify([name, probe, artifact]);
