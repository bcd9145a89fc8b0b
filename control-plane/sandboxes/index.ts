export type { SandboxDoor } from './enter.ts';
export { useSandbox } from './use.ts';
export { sandboxesOnHosts } from './on-hosts.ts';
export { sandboxesOfTeams } from './of-teams.ts';
export { openSandboxes, type Sandboxes } from './open.ts';
