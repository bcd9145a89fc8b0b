export { HostNotConnected, HostRefusal, type HostCalls, type HostClient } from './connection/call.ts';
export { ensureHost, type EnsuredHost } from './ensure.ts';
export { visibleHost } from './find.ts';
export { openHosts, type HostParts, type Hosts } from './open.ts';
export type { SandboxesOnHosts } from './sandboxes-on-hosts.ts';
export { recordReconcile } from './store.ts';
export { recordUnknownSandboxes } from './unknown-sandboxes.ts';
export { visibilityOf, type Visibility } from './visibility.ts';
