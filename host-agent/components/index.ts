export { ConfigFile } from './config-file.ts';
export { ownDirectory, readOwnBuild, type OwnBuild } from './own-build.ts';
export type { ComponentReport } from './report.ts';
export { ComponentWatch } from './watch.ts';
