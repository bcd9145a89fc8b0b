export { sandboxesOnHosts } from './on-hosts.ts';
export { openSandboxes, type Sandboxes } from './open.ts';
