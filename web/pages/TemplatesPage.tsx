import { useNavigate, useSearch } from '@tanstack/react-router';
import { Layers, Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Template } from '#proto/muster/v1/template_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { bytesWord } from '../files/entry.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { workRefusal } from '../session/may-work.ts';
import { useCaller } from '../session/useCaller.ts';
import { CreateTemplateDialog } from '../templates/CreateTemplateDialog.tsx';
import { DeleteTemplateDialog } from '../templates/DeleteTemplateDialog.tsx';
import { passesTemplateFilter, type TemplateSearch } from '../templates/filter.ts';
import { TemplateDialog } from '../templates/TemplateDialog.tsx';
import { TemplateTable } from '../templates/TemplateTable.tsx';
import { useTemplates } from '../templates/useTemplates.ts';

const exampleLine = commandLines.createTemplate(
  { name: 'tools', source: { case: 'debianPackages', value: { packages: ['git', 'ripgrep'] } } },
  undefined,
).muster;

const empty = (action: ReactNode) => (
  <EmptyState icon={Layers} title="No templates of your own" action={action} command={exampleLine}>
    A template is what the files of sandboxes begin with. Every host has <code>base</code>, a small Debian. Make your
    own from an image of a registry, Debian packages, a tarball, or a snapshot of a sandbox that you have set up.
  </EmptyState>
);

const nothingPasses = (onClear: () => void) => (
  <EmptyState
    icon={Layers}
    title="No template passes this filter"
    action={<Button onClick={onClear}>Show all templates</Button>}
  >
    The filter stands in the address of this page, so a link to it shows the same.
  </EmptyState>
);

export function TemplatesPage() {
  const search = useSearch({ from: '/signed-in/templates' });
  const navigate = useNavigate({ from: '/templates' });
  const list = useTemplates();
  const refused = workRefusal(useCaller());
  const [doomed, setDoomed] = useState<Template>();
  const narrow = (change: TemplateSearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const all = list.data?.templates;
  const shown = all?.filter((template) => passesTemplateFilter(template, search)) ?? [];
  const opened = all?.find(({ id }) => id === search.template);
  const create = (
    <Button look="primary" icon={Plus} disabledReason={refused} onClick={() => narrow({ dialog: 'create' })}>
      Create template
    </Button>
  );
  return (
    <Page
      title="Templates"
      summary={all && sentence(all)}
      actions={
        <>
          <AsCommandButton lines={commandLines.templates()} />
          {create}
        </>
      }
    >
      <Freshness phase={list.error ? 'broken' : 'live'} className="flex flex-col gap-4">
        {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
        {all === undefined && !list.error && <TableSkeleton columns={6} />}
        {all !== undefined && all.length === 0 && empty(create)}
        {all !== undefined && all.length > 0 && (
          <>
            <div className="md:flex md:justify-end">
              <SearchField
                label="Find a template"
                value={search.q ?? ''}
                onChange={(q) => narrow({ q: q || undefined })}
              />
            </div>
            <TemplateTable
              templates={shown}
              search={search}
              empty={nothingPasses(() => narrow({ q: undefined }))}
              onDelete={setDoomed}
            />
          </>
        )}
      </Freshness>
      <CreateTemplateDialog
        open={search.dialog === 'create' && refused === undefined}
        snapshot={search.snapshot}
        onClose={() => narrow({ dialog: undefined, snapshot: undefined })}
        onMade={(template) => narrow({ dialog: undefined, snapshot: undefined, template })}
      />
      {opened && <TemplateDialog template={opened} onClose={() => narrow({ template: undefined })} />}
      {doomed && <DeleteTemplateDialog template={doomed} onClose={() => setDoomed(undefined)} />}
    </Page>
  );
}

function sentence(all: readonly Template[]): string {
  if (all.length === 0) return 'What the files of sandboxes begin with.';
  const bytes = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n);
  return `${all.length} ${all.length === 1 ? 'template' : 'templates'} of your team, ${bytesWord(bytes)}, beside the hosts’ own: base.`;
}
