import { createConnectQueryKey, useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { TemplateService, type Template } from '#proto/muster/v1/template_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { useTell } from '../problems/useReport.ts';
import { Dependents } from '../snapshots/Dependents.tsx';

/** Deletes all versions of a template, once its name was typed. */
export function DeleteTemplateDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const remove = useMutation(TemplateService.method.deleteTemplate);
  const queries = useQueryClient();
  const tell = useTell();
  const { id, name } = template;
  return (
    <ConfirmByName
      open
      onClose={onClose}
      title={`Delete ${name}`}
      name={name}
      action={`Delete ${name}`}
      onConfirm={async () => {
        await remove.mutateAsync({ templateId: id });
        await queries.invalidateQueries({
          queryKey: createConnectQueryKey({ schema: TemplateService.method.listTemplates, cardinality: undefined }),
        });
        tell(`${name} is deleted.`);
      }}
      command={<AsCommand lines={commandLines.deleteTemplate(id)} />}
    >
      <div className="flex flex-col gap-3">
        <p>All of its versions go. No new sandbox can begin with it. This cannot be undone.</p>
        <Dependents origin={name} />
      </div>
    </ConfirmByName>
  );
}
