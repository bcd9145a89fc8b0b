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

const sources = new Map(Object.entries(names).map(([source, name]): [string, BuildSource] => [name, Number(source)]));

export const buildSourceToProto = (name: BuildSourceName): BuildSource => sources.get(name) ?? BuildSource.UNSPECIFIED;
