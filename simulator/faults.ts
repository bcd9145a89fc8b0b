import type { SimulatedHost } from './host.ts';
import { pick } from './random.ts';

/** Something that goes wrong on a host. */
interface Fault {
  /** For people who choose among them. */
  readonly sentence: string;
  /** Lets it happen. What it began, the answer ends a moment later. */
  begin(host: SimulatedHost, random: () => number): (() => void) | void;
}

/** What simulated hosts can be told to do wrong, by the names that `--fault` takes. */
export const faults = {
  silence: {
    sentence: 'Says nothing for a while and cannot be reached, as if its network were gone. What runs on it runs on.',
    begin(host) {
      host.goSilent();
      return () => host.comeBack();
    },
  },
  mute: {
    sentence: 'Reports nothing for a while, with its connection up, as if a part of its agent hung.',
    begin(host) {
      host.mute();
      return () => host.unmute();
    },
  },
  cut: {
    sentence: 'Its connection is cut, and dialled again.',
    begin: (host) => host.dropConnection(),
  },
  'agent-restart': {
    sentence: 'Its agent starts anew: another instance, the same sandboxes.',
    begin: (host) => void host.restart(),
  },
  reboot: {
    sentence: 'The machine starts anew: what ran on it is stopped.',
    begin: (host) => void host.reboot(),
  },
  'lost-answers': {
    sentence: 'Does what it is asked, and the answer is lost.',
    begin: (host) => host.loseAnswers(2),
  },
  'slow-answers': {
    sentence: 'Takes two seconds for every call, for a while.',
    begin(host) {
      host.answerAfter(2_000);
      return () => host.answerAfter(0);
    },
  },
  'failing-creates': {
    sentence: 'Cannot start sandboxes for a while.',
    begin(host) {
      host.failCreates('The disk is full.');
      return () => host.failCreates(undefined);
    },
  },
  'failing-sandboxes': {
    sentence: 'One of its sandboxes fails by itself.',
    begin(host, random) {
      const sandbox = pick(random, host.sandboxes);
      if (sandbox) host.failSandbox(sandbox.sandboxId);
    },
  },
  'forgotten-sandboxes': {
    sentence: 'One of its sandboxes is gone, and it does not know that it ever was.',
    begin(host, random) {
      const sandbox = pick(random, host.sandboxes);
      if (sandbox) host.forgetSandbox(sandbox.sandboxId);
    },
  },
  'unknown-sandboxes': {
    sentence: 'A sandbox runs on it that nobody has asked for.',
    begin(host, random) {
      const name = Math.floor(random() * 36 ** 10).toString(36);
      host.addUnknownSandbox(`sbx${name.padStart(16, '0')}`);
    },
  },
  'repeated-heartbeats': {
    sentence: 'Its next heartbeats arrive twice, the second time late and out of order.',
    begin: (host) => host.repeatBeats(3),
  },
  'wrong-clock': {
    sentence: 'Its clock goes a day ahead, for a while.',
    begin(host) {
      host.setClock(86_400_000);
      return () => host.setClock(0);
    },
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[]; // the table's own keys
