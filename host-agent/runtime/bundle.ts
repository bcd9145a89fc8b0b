import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seccompProfile } from './seccomp.ts';
import { idsPerSandbox } from './ids.ts';

/** What goes into a sandbox's OCI bundle. */
export interface BundleSpec {
  /** Root file system, as it is mounted when the runtime runs. */
  readonly rootPath: string;
  /** Program of pid 1 on the host, reachable for any user. */
  readonly initPath: string;
  /** Arguments of pid 1; its program is at `initInside`. */
  readonly args?: readonly string[];
  readonly hostname: string;
  readonly cgroupPath: string;
  /** Host id of the sandbox's root. */
  readonly firstId: number;
  readonly limits: { readonly cpu: number; readonly memoryMib: number; readonly pids: number };
  /** Whether the kernel can limit swap. */
  readonly canLimitSwap: boolean;
  /** What is at `/etc/resolv.conf`, as a file on the stage; the template's own where undefined. */
  readonly resolvConfPath?: string | undefined;
  /** The agent's own hard limit of open files, which a sandbox cannot exceed. */
  readonly maxOpenFiles: number;
  /** What the runtime has made of `seccompProfile` before; it makes it anew where this is undefined. */
  readonly filter?: string | undefined;
}

/** Where pid 1's program stands in the sandbox: on the /dev tmpfs, so that no template needs a place for it. */
export const initInside = '/dev/.muster-init';

/** As in most distributions' login; commands get it where neither sandbox nor caller says otherwise. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Over its own files and users, and no others: what installing packages and changing users needs. */
const capabilities = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'].map(
  (name) => `CAP_${name}`,
);

const cpuPeriodUs = 100_000;
const mebibyte = 1024 * 1024;

const maskedPaths = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const mounts = (spec: BundleSpec) => [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=1m'] },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'nodev', 'mode=1777', `size=${Math.ceil(spec.limits.memoryMib / 2)}m`],
  },
  // For the keys of its team, which belong on no disk and in no snapshot.
  {
    destination: '/run/muster',
    type: 'tmpfs',
    source: 'keys',
    options: ['nosuid', 'noexec', 'nodev', 'mode=755', 'size=64k'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  { destination: initInside, type: 'bind', source: spec.initPath, options: ['bind', 'ro', 'nosuid', 'nodev'] },
  ...(spec.resolvConfPath === undefined
    ? []
    : [
        {
          destination: '/etc/resolv.conf',
          type: 'bind',
          source: spec.resolvConfPath,
          options: ['bind', 'ro', 'nosuid', 'nodev', 'noexec'],
        },
      ]),
];

const resources = ({ limits, canLimitSwap }: BundleSpec) => {
  const memory = limits.memoryMib * mebibyte;
  return {
    cpu: {
      quota: Math.round(limits.cpu * cpuPeriodUs),
      period: cpuPeriodUs,
      shares: Math.max(2, Math.round(limits.cpu * 1024)),
    },
    memory: { limit: memory, ...(canLimitSwap && { swap: memory }) },
    pids: { limit: limits.pids },
    devices: [{ allow: false, access: 'rwm' }],
  };
};

/** The bundle's `config.json`. What keeps a guest inside stands here. */
export function bundleConfig(spec: BundleSpec) {
  const ids = [{ containerID: 0, hostID: spec.firstId, size: idsPerSandbox }];
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: [initInside, ...(spec.args ?? [])],
      env: [`PATH=${defaultPath}`],
      cwd: '/',
      // Nothing inheritable and nothing ambient: a user other than root has none at all.
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      rlimits: [
        { type: 'RLIMIT_NOFILE', soft: Math.min(4096, spec.maxOpenFiles), hard: spec.maxOpenFiles },
        { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
      ],
      noNewPrivileges: true,
      oomScoreAdj: 200,
    },
    root: { path: spec.rootPath, readonly: false },
    hostname: spec.hostname,
    mounts: mounts(spec),
    linux: {
      uidMappings: ids,
      gidMappings: ids,
      cgroupsPath: spec.cgroupPath,
      resources: resources(spec),
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'user', 'cgroup'].map((type) => ({ type })),
      seccomp: seccompProfile(process.arch),
      maskedPaths,
      readonlyPaths,
    },
    // crun takes this instead of the profile, which stays for a runtime that does not know it.
    ...(spec.filter !== undefined && { annotations: { 'run.oci.seccomp_bpf_data': spec.filter } }),
  };
}

/** Writes a bundle: a directory with its `config.json`. */
export function writeBundle(directory: string, spec: BundleSpec): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, 'config.json'), JSON.stringify(bundleConfig(spec)));
}
