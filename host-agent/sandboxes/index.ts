export { openSandboxes } from './open.ts';
export * from './types.ts';
