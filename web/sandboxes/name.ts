import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';

/** The metadata key under which a sandbox's name stands. */
export const nameKey = 'name';

/** What people call a sandbox: its name, or its id where it has none. */
export const sandboxName = (sandbox: Sandbox): string => sandbox.metadata[nameKey] || sandbox.id;
