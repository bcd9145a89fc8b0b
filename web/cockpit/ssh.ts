import type { TesterMachine, TesterSsh } from '#proto/muster/v1/machine_access_pb.js';

/** How somebody's own way onto machines stands, in a sentence. */
export function sshSentence({ enabled, problem, machines }: TesterSsh): string {
  if (!enabled) return 'SSH is off for you. An admin turns it on, with your public key.';
  if (problem !== '') return problem;
  const installed = machines.filter((machine) => machine.installed).length;
  if (installed === machines.length)
    return machines.length === 1 ? 'Your key is on your machine.' : `Your key is on all ${machines.length} machines.`;
  return `Your key is on ${installed} of ${machines.length} ${machines.length === 1 ? 'machine' : 'machines'} yet.`;
}

/** What to type, for each account; nothing until the key is there. */
export const sshCommands = ({ installed, accounts, hostname }: TesterMachine): string[] =>
  installed && hostname !== '' ? accounts.map((account) => `ssh ${account}@${hostname}`) : [];
