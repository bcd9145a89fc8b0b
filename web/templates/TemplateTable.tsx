import { Link, useNavigate } from '@tanstack/react-router';
import { Box, Ellipsis, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { TemplateState, type Template } from '#proto/muster/v1/template_pb.js';
import { bytesWord } from '../files/entry.ts';
import { HoldersCell } from '../hosts/Holders.tsx';
import { useHostNames } from '../hosts/useHostNames.ts';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { IconButton } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { shortDigest } from '../parts/digest.ts';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { workRefusal } from '../session/may-work.ts';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import type { TemplateSearch } from './filter.ts';
import { templateLooks } from './words.ts';

interface TemplateTableProps {
  readonly templates: readonly Template[];
  readonly search: TemplateSearch;
  readonly empty: ReactNode;
  readonly onDelete: (template: Template) => void;
}

type Shown = Pick<TemplateTableProps, 'search' | 'onDelete'> & { readonly nameOf: (hostId: string) => string };

const columnsOf = ({ search, onDelete, nameOf }: Shown): readonly Column<Template>[] => [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    className: 'whitespace-nowrap',
    cell: (template) => (
      <Link {...paths.template(search, template.id)} className={rowLinkClasses}>
        {template.name}
      </Link>
    ),
  },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={templateLooks[state]} /> },
  { key: 'version', header: 'Version', className: 'text-ink-muted', cell: ({ version }) => version },
  {
    key: 'source',
    header: 'From',
    className: 'text-ink-muted',
    cell: ({ source }) => (
      <span title={source} className="block max-w-56 min-w-0 truncate">
        {source}
      </span>
    ),
  },
  {
    key: 'digest',
    header: 'Digest',
    cell: ({ digest }) =>
      digest === '' ? '–' : <CopyText text={digest} show={shortDigest(digest)} label="the digest" className="z-1" />,
  },
  {
    key: 'size',
    header: 'Size',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ sizeBytes }) => (sizeBytes > 0n ? bytesWord(sizeBytes) : '–'),
  },
  {
    key: 'where',
    header: 'Lies in',
    className: 'whitespace-nowrap',
    cell: (template) => <HoldersCell held={template} nameOf={nameOf} />,
  },
  {
    key: 'created',
    header: 'Made',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (template) => (
      <span title={`by ${template.createdBy}`}>
        <RelativeTime at={template.createdAt} />
      </span>
    ),
  },
  {
    key: 'actions',
    header: 'Actions',
    align: 'end',
    cell: (template) => <TemplateActions template={template} onDelete={() => onDelete(template)} />,
  },
];

/** Templates as rows; a row opens its facts. */
export function TemplateTable({ templates, search, empty, onDelete }: TemplateTableProps) {
  const nameOf = useHostNames();
  const columns = columnsOf({ search, onDelete, nameOf });
  return <Table label="Templates" rows={templates} columns={columns} rowKey={({ id }) => id} empty={empty} />;
}

function TemplateActions({ template, onDelete }: { template: Template; onDelete: () => void }) {
  const navigate = useNavigate();
  const refused = workRefusal(useCaller());
  const unready = template.state === TemplateState.READY ? undefined : 'It is not ready.';
  return (
    <span className="relative z-1">
      <ActionMenu
        trigger={<IconButton label={`Actions for ${template.name}`} icon={Ellipsis} />}
        actions={[
          {
            label: 'Create a sandbox from it',
            icon: Box,
            disabledReason: refused ?? unready,
            onSelect: () => void navigate(paths.createSandboxFrom(template.name)),
          },
          { label: 'Delete', icon: Trash2, destructive: true, disabledReason: refused, onSelect: onDelete },
        ]}
      />
    </span>
  );
}
