import { useMutation } from '@connectrpc/connect-query';
import { FleetService, ForgeKind, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { Panel } from '../parts/Page.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { toProblem } from '../problems/problem.ts';
import { useTell } from '../problems/useReport.ts';
import { useCaller } from '../session/useCaller.ts';

const choices = [
  { value: ForgeKind.UNSPECIFIED, label: 'Found out by itself' },
  { value: ForgeKind.GITHUB, label: 'GitHub' },
  { value: ForgeKind.GITEA, label: 'Gitea' },
  { value: ForgeKind.FORGEJO, label: 'Forgejo' },
  { value: ForgeKind.GITLAB, label: 'GitLab' },
] as const;

/** Which forge a repository lies on: without that its commits have no links. */
export function ForgePanel({ repository }: { repository: Repository }) {
  const { platformAdmin } = useCaller();
  const update = useMutation(FleetService.method.updateRepository);
  const tell = useTell();
  const { id, name, forgeKind } = repository;
  const choose = async (kind: ForgeKind) => {
    await update.mutateAsync({ repositoryId: id, forgeKind: kind });
    tell(`The links of ${name} have changed.`);
  };
  return (
    <Panel className="flex flex-col gap-3 px-4 py-3 text-table">
      <p className="text-pretty text-ink-muted">
        {forgeKind === ForgeKind.UNSPECIFIED
          ? 'Which forge it lies on is not known yet, so commits have no links. The first delivery of its webhook tells.'
          : 'Commits are linked to the pages of their forge.'}
      </p>
      {platformAdmin ? (
        <SelectField
          label="Forge"
          name="forge_kind"
          value={forgeKind}
          error={update.error ? toProblem(update.error).message : undefined}
          choices={choices}
          onChange={(kind) => void choose(kind).catch(() => undefined)}
        />
      ) : (
        <p className="font-medium">{choices.find(({ value }) => value === forgeKind)?.label ?? 'Not known'}</p>
      )}
    </Panel>
  );
}
