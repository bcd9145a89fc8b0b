import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InitLink, initProgram } from '../init/index.ts';
import {
  BlankVolumes,
  type Cgroups,
  CannotCompile,
  compileProgram,
  defaultStageDir,
  findRuntimes,
  maxOpenFiles,
  prepareStageDir,
  type Runtime,
  RuntimeDriver,
  SandboxCgroup,
  stageProgram,
} from '../runtime/index.ts';
import type { Machine } from './ground.ts';
import type { SandboxOptions } from './types.ts';

const probeAnswerMs = 10_000;
const probeDiskMib = 16;

/** What can start sandboxes here, or the sentence that says why nothing can and what to do. */
export type MachineOrProblem = { readonly machine: Machine } | { readonly problem: string };

/** Compiles what is needed and looks for a runtime that has really started something. */
export async function prepareMachine(
  options: SandboxOptions,
  cgroups: Cgroups,
  directory: string,
): Promise<MachineOrProblem> {
  if (process.platform !== 'linux') return { problem: 'Sandboxes need Linux.' };
  if (process.getuid?.() !== 0) return { problem: 'Sandboxes need root: start the agent as root.' };
  const runtimes = await findRuntimes(options.runtime);
  if (runtimes.length === 0) return { problem: missingRuntime(options.runtime) };
  try {
    const [init, stage] = await Promise.all(
      [initProgram, stageProgram].map((program) => compileProgram(program, options.cacheDir)),
    );
    await prepareStageDir(defaultStageDir);
    return await firstThatWorks(runtimes, { options, cgroups, directory, init: init!, stage: stage! });
  } catch (error) {
    if (error instanceof CannotCompile) return { problem: error.message };
    return { problem: `Sandboxes cannot be prepared on this machine: ${messageOf(error)}` };
  }
}

const missingRuntime = (configured: string | undefined): string =>
  configured
    ? `The configured OCI runtime ${configured} is not installed, or is neither crun nor runc.`
    : 'No OCI runtime found: install crun (apt-get install crun).';

interface Parts {
  readonly options: SandboxOptions;
  readonly cgroups: Cgroups;
  readonly directory: string;
  readonly init: string;
  readonly stage: string;
}

async function firstThatWorks(runtimes: readonly Runtime[], parts: Parts): Promise<MachineOrProblem> {
  const problems: string[] = [];
  const openFiles = await maxOpenFiles();
  for (const runtime of runtimes) {
    const stateDir = join(parts.directory, 'runtime');
    const machine: Machine = {
      driver: new RuntimeDriver({
        runtime,
        stage: parts.stage,
        stageDir: defaultStageDir,
        stateDir,
        cgroups: parts.cgroups,
        maxOpenFiles: openFiles,
      }),
      init: parts.init,
      blanks: new BlankVolumes(join(parts.directory, 'blanks')),
    };
    try {
      await probe(machine, parts);
      return { machine };
    } catch (error) {
      machine.driver.close();
      problems.push(
        `${runtime.kind} ${runtime.version} is installed but cannot start a sandbox here: ${messageOf(error)}`,
      );
    }
  }
  return { problem: problems.join(' ') };
}

/** Starts a sandbox in earnest, talks to its init and takes it away again. That a program is installed proves nothing. */
async function probe({ driver, init, blanks }: Machine, { options, cgroups, directory }: Parts): Promise<void> {
  const home = join(directory, 'probe');
  const lower = join(directory, 'probe-root');
  const cgroupPath = `/${options.cgroupParent}/probe`;
  const cleanUp = async () => {
    const cgroup = new SandboxCgroup(cgroups, cgroupPath);
    await cgroup.killAll();
    await cgroup.remove();
    driver.forget('probe');
    await rm(home, { recursive: true, force: true });
  };
  await mkdir(home, { recursive: true, mode: 0o700 });
  await mkdir(lower, { recursive: true, mode: 0o755 });
  await cleanUp(); // of a probe that a crash has interrupted
  await mkdir(home, { mode: 0o700 });
  try {
    const limits = { cpu: 1, memoryMib: 64, pids: 16 };
    const blank = await blanks.get(probeDiskMib);
    await driver.start({
      id: 'probe',
      home,
      lowers: [lower],
      blank,
      reserveDisk: false,
      init,
      firstId: options.ids.first,
      cgroupPath,
      hostname: 'probe',
      limits,
    });
    const link = await InitLink.open(home, probeAnswerMs);
    await link.ping(probeAnswerMs).finally(() => link.close());
  } finally {
    await cleanUp();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
