import type { HostSpecs } from '#proto/muster/v1/host_pb.js';
import type { Specs } from './host.ts';

const largestInt = 2_147_483_647;
/** 8 EiB in MiB: nothing is larger, and a double still counts it exactly. */
const largestMib = 2 ** 43;

/** What a host reported, made safe to store: it comes from a machine that we do not run. */
export function cleanSpecs(specs: HostSpecs): Specs {
  return {
    arch: cleanText(specs.arch, 20),
    cpus: between(specs.cpus, largestInt),
    memoryMib: between(Number(specs.memoryMib), largestMib),
    diskMib: between(Number(specs.diskMib), largestMib),
    os: cleanText(specs.os, 200),
    kernel: cleanText(specs.kernel, 200),
    hostname: cleanText(specs.hostname, 253),
    agentVersion: cleanText(specs.agentVersion, 100),
    agentSha: cleanText(specs.agentSha, 64),
    runtime: cleanText(specs.runtime, 100),
    runtimeProblem: cleanText(specs.runtimeProblem, 1000),
    egress: specs.egress,
    egressProblem: cleanText(specs.egressProblem, 1000),
    missingBuilders: specs.missingBuilders.slice(0, 10).map((program) => cleanText(program, 40)),
    layers: cleanDigests(specs.layers),
    templateDigests: cleanDigests(specs.templateDigests),
    templates: specs.templates.slice(0, 1000).map((name) => cleanText(name, 100)),
  };
}

const mostLayers = 5000;
const cleanDigests = (digests: readonly string[]): string[] =>
  digests.filter((digest) => /^sha256:[0-9a-f]{64}$/.test(digest)).slice(0, mostLayers);

/** One line without control characters, of this length at most. */
export function cleanText(text: string, length: number): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, length)
    .toWellFormed();
}

const between = (value: number, most: number): number => Math.min(Math.max(Math.trunc(value), 0), most);
