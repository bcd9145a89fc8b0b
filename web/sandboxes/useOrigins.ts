import { useQuery } from '@connectrpc/connect-query';
import { SnapshotService, SnapshotState } from '#proto/muster/v1/snapshot_pb.js';
import { TemplateService, TemplateState } from '#proto/muster/v1/template_pb.js';
import type { Choice } from '../parts/SelectField.tsx';
import { snapshotName } from '../snapshots/words.ts';

/** What a sandbox can be made from: the hosts' own base, the team's templates, its snapshots. `chosen` is always there. */
export function useOrigins(chosen: string): readonly Choice<string>[] {
  const templates = useQuery(TemplateService.method.listTemplates, { pageSize: 1000 });
  const snapshots = useQuery(SnapshotService.method.listSnapshots, { pageSize: 200 });
  const choices = [
    { value: 'base', label: 'base' },
    ...(templates.data?.templates ?? [])
      .filter(({ state }) => state === TemplateState.READY)
      .map(({ name, version }) => ({ value: name, label: `${name}, version ${version}` })),
    ...(snapshots.data?.snapshots ?? [])
      .filter(({ state }) => state === SnapshotState.READY)
      .map((snapshot) => ({ value: snapshot.id, label: `Snapshot ${snapshotName(snapshot)}` })),
  ];
  return choices.some(({ value }) => value === chosen) ? choices : [...choices, { value: chosen, label: chosen }];
}
