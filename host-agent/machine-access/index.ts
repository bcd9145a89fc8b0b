export type { Account } from './account.ts';
export { MachineAccess, type AccessReport } from './machine-access.ts';
