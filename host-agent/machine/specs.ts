import { readFile } from 'node:fs/promises';
import { availableParallelism, hostname, release, totalmem } from 'node:os';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { HostSpecsSchema } from '#proto/muster/v1/host_pb.js';
import { missingBuilders } from '../templates/index.ts';
import type { Capabilities } from '../sandboxes/index.ts';
import { diskForSandboxes } from './disk.ts';

export type HostSpecs = MessageInitShape<typeof HostSpecsSchema>;

/** What the machine has; read once, at the start of the agent. */
export type Machine = Pick<HostSpecs, 'arch' | 'cpus' | 'memoryMib' | 'diskMib' | 'os' | 'kernel' | 'hostname'>;

/** The agent itself, as it was started. */
export interface AgentBuild {
  readonly version: string;
  /** Empty where it is unknown. */
  readonly sha: string;
}

const mib = 1024 * 1024;

/** What the machine has for sandboxes. */
export async function readMachine(dataDir: string): Promise<Machine> {
  return {
    arch: process.arch,
    cpus: availableParallelism(),
    memoryMib: BigInt(Math.floor(totalmem() / mib)),
    diskMib: BigInt(Math.floor((await diskForSandboxes(dataDir)) / mib)),
    os: await readOsName(),
    kernel: release(),
    hostname: hostname(),
  };
}

/** What is told to the control plane, for placing sandboxes here. */
export function describeHost(machine: Machine, build: AgentBuild, capabilities: Capabilities): HostSpecs {
  return {
    ...machine,
    agentVersion: build.version,
    agentSha: build.sha,
    runtime: capabilities.runtime,
    runtimeProblem: capabilities.runtimeProblem,
    templates: [...capabilities.templates].sort(),
    layers: [...capabilities.layers].sort(),
    templateDigests: [...capabilities.templateDigests].sort(),
    egress: capabilities.egressProblem === '' && capabilities.runtime !== '',
    egressProblem: capabilities.egressProblem,
    missingBuilders: missingBuilders(),
  };
}

/** Changes with every boot of the machine. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

async function readOsName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? process.platform;
}
