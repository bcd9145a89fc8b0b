import { Link } from '@tanstack/react-router';
import { ComponentState, type FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { componentStateLooks } from '../fleet/component-states.ts';
import { Panel } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { componentsOf, type ComponentStanding } from './components-of.ts';

const columnsOf = (repository: string): readonly Column<ComponentStanding>[] => [
  {
    key: 'name',
    header: 'Component',
    heading: true,
    cell: ({ component }) => (
      <Link {...paths.component(repository, component)} className={rowLinkClasses}>
        {component}
      </Link>
    ),
  },
  {
    key: 'current',
    header: 'Run its head',
    cell: ({ hosts, states }) => {
      const current = states.find(({ state }) => state === ComponentState.CURRENT)?.hosts ?? 0;
      return `${current} of ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`;
    },
  },
  {
    key: 'states',
    header: 'States',
    cell: ({ states }) => (
      <span className="flex flex-wrap gap-x-3 gap-y-1">
        {states.map(({ state, hosts }) => (
          <span key={state} className="flex items-center gap-1">
            <StatusPill look={componentStateLooks[state]} />
            {hosts}
          </span>
        ))}
      </span>
    ),
  },
];

/** What is built from a repository, and how that stands on all hosts together. */
export const ComponentList = ({ repository, hosts }: { repository: string; hosts: readonly FleetHost[] }) => (
  <Table
    label="Components"
    rows={componentsOf(hosts, repository)}
    columns={columnsOf(repository)}
    rowKey={({ component }) => component}
    empty={
      <Panel className="px-4 py-3 text-table text-ink-muted">
        No host reports a component that is built from it. Agents learn of components from agent.json.
      </Panel>
    }
  />
);
