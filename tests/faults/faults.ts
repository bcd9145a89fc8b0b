import type { ClockFile } from './clock.ts';
import type { Door } from './door.ts';
import type { Installation } from './installation.ts';

/** Ends what was begun. */
type End = () => void | Promise<void>;

/** Something that goes wrong. */
export interface Fault {
  /** Whom it befalls: one replica, one agent, or everybody. */
  readonly befalls: 'replica' | 'agent' | 'all';
  /** What of them; one part breaks in one way at a time. */
  readonly part: 'process' | 'clock' | 'disk' | 'network' | 'callers' | 'database' | 'statements';
  readonly sentence: string;
  /** Lets it happen. What it began, the answer ends. */
  begin(installation: Installation, target: number, severity: number): End | Promise<End>;
}

const nothingToEnd = () => undefined;
const day = 86_400;

/** Makes the weather at a door. */
const weather = (door: Door, change: Partial<Door['weather']>) => {
  Object.assign(door.weather, change);
  return () => door.clearUp();
};

const cut = (door: Door) => {
  door.cut();
  return nothingToEnd;
};

/** Everything that a schedule can draw. */
export const faults = {
  'replica-killed': {
    befalls: 'replica',
    part: 'process',
    sentence: 'A replica is killed (SIGKILL) and started again.',
    async begin({ replicas }, target) {
      await replicas[target]!.end('SIGKILL');
      return () => replicas[target]!.start();
    },
  },
  'replica-replaced': {
    befalls: 'replica',
    part: 'process',
    sentence: 'A replica is ended in order (SIGTERM) and started again.',
    async begin({ replicas }, target) {
      await replicas[target]!.end('SIGTERM');
      return () => replicas[target]!.start();
    },
  },
  'replica-frozen': {
    befalls: 'replica',
    part: 'process',
    sentence: 'A replica stands still (SIGSTOP) and goes on.',
    begin({ replicas }, target) {
      replicas[target]!.signal('SIGSTOP');
      return () => replicas[target]!.signal('SIGCONT');
    },
  },
  'replica-clock': {
    befalls: 'replica',
    part: 'clock',
    sentence: 'The clock of a replica jumps by up to a day ahead or back, and returns.',
    begin: ({ replicas }, target, severity) => jump(replicas[target]!.clock, severity),
  },
  'agent-killed': {
    befalls: 'agent',
    part: 'process',
    sentence: 'An agent is killed (SIGKILL) and started again.',
    async begin({ agents }, target) {
      await agents[target]!.kill();
      return () => agents[target]!.start();
    },
  },
  'agent-frozen': {
    befalls: 'agent',
    part: 'process',
    sentence: 'An agent stands still (SIGSTOP) and goes on.',
    begin({ agents }, target) {
      agents[target]!.signal('SIGSTOP');
      return () => agents[target]!.signal('SIGCONT');
    },
  },
  'agent-clock': {
    befalls: 'agent',
    part: 'clock',
    sentence: 'The clock of an agent jumps by up to a day ahead or back, and returns.',
    begin: ({ agents }, target, severity) => jump(agents[target]!.clock, severity),
  },
  'agent-disk-full': {
    befalls: 'agent',
    part: 'disk',
    sentence: "The file system of an agent's data directory is full.",
    begin({ agents }, target) {
      agents[target]!.fillDisk();
      return () => agents[target]!.freeDisk();
    },
  },
  'agent-cut': {
    befalls: 'agent',
    part: 'network',
    sentence: 'All connections of an agent are cut.',
    begin: ({ agents }, target) => cut(agents[target]!.door),
  },
  'agent-unreachable': {
    befalls: 'agent',
    part: 'network',
    sentence: 'The network of an agent swallows everything, both ways.',
    begin: ({ agents }, target) => weather(agents[target]!.door, { swallows: true }),
  },
  'agent-answers-lost': {
    befalls: 'agent',
    part: 'network',
    sentence: 'Answers to an agent, and its own, are lost after the work was done.',
    begin: ({ agents }, target, severity) => weather(agents[target]!.door, { losesAnswers: 0.05 + severity * 0.3 }),
  },
  'agent-requests-repeated': {
    befalls: 'agent',
    part: 'network',
    sentence: 'Requests of an agent arrive late, and a second time later still, at another replica.',
    begin: ({ agents }, target) => weather(agents[target]!.door, { repeats: 0.8, delaysUpToMs: 300 }),
  },
  'calls-cut': {
    befalls: 'all',
    part: 'callers',
    sentence: 'All connections of callers are cut.',
    begin: ({ door }) => cut(door),
  },
  'calls-unanswered': {
    befalls: 'all',
    part: 'callers',
    sentence: 'Answers to callers are lost after the work was done.',
    begin: ({ door }, _, severity) => weather(door, { losesAnswers: 0.1 + severity * 0.5 }),
  },
  'calls-repeated': {
    befalls: 'all',
    part: 'callers',
    sentence: 'Calls arrive late, and a second time later still, at another replica.',
    begin: ({ door }) => weather(door, { repeats: 0.6, delaysUpToMs: 300 }),
  },
  'database-restarted': {
    befalls: 'all',
    part: 'database',
    sentence: 'PostgreSQL is stopped under load, ends all its connections, and is started again.',
    async begin({ database }) {
      await database.stop();
      return () => database.start();
    },
  },
  'database-connections-ended': {
    befalls: 'all',
    part: 'statements',
    sentence: 'PostgreSQL ends connections in the middle of what they do.',
    begin: ({ database }, _, severity) => database.endConnections(0.3 + severity * 0.7),
  },
  'statements-failing': {
    befalls: 'all',
    part: 'statements',
    sentence: 'Writing statements on one table fail now and then: no memory, no disk, lost against another.',
    begin: ({ database }, _, severity) => database.failStatements(severity),
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[]; // the table's own keys

/** Half of the jumps lead ahead, half back; small ones are as likely as large ones. */
function jump(clock: ClockFile, severity: number): End {
  const sizes = [40, 600, 7_200, day];
  const at = Math.min(Math.floor(severity * 2 * sizes.length), 2 * sizes.length - 1);
  clock.set((at % 2 === 0 ? 1 : -1) * sizes[Math.floor(at / 2)]!);
  return () => clock.set(0);
}
