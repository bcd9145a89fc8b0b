import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import type { BuildSourceName } from './report.ts';

const names: Readonly<Record<BuildSource, BuildSourceName>> = {
  [BuildSource.UNSPECIFIED]: 'unspecified',
  [BuildSource.BAKED]: 'baked',
  [BuildSource.FILE]: 'file',
  [BuildSource.HTTP]: 'http',
  [BuildSource.COMMAND]: 'command',
  [BuildSource.WORKTREE]: 'worktree',
};

/** As the database names it. A source of a newer agent is none that we know. */
export const buildSourceName = (source: BuildSource): BuildSourceName => names[source] ?? 'unspecified';

const sources: Readonly<Record<BuildSourceName, BuildSource>> = {
  unspecified: BuildSource.UNSPECIFIED,
  baked: BuildSource.BAKED,
  file: BuildSource.FILE,
  http: BuildSource.HTTP,
  command: BuildSource.COMMAND,
  worktree: BuildSource.WORKTREE,
};

export const buildSourceToProto = (name: BuildSourceName): BuildSource => sources[name];
