import { Link } from '@tanstack/react-router';
import type { Host } from '#proto/muster/v1/host_pb.js';
import { HostStatusPill } from '../hosts/HostStatusPill.tsx';
import { LoadBar } from '../hosts/Load.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { paths } from '../paths.ts';

/** The machines that are the team's alone. Nothing stands there where there is none. */
export function Machines({ hosts }: { hosts: readonly Host[] }) {
  if (hosts.length === 0) return null;
  return (
    <Section title={hosts.length === 1 ? 'Machine' : 'Machines'}>
      <Panel>
        <ul>
          {hosts.map((host) => (
            <li key={host.id} className="flex flex-col gap-2 border-line px-4 py-3 text-table not-last:border-b">
              <div className="flex flex-wrap items-center justify-between gap-2">
                <Link {...paths.host(host.id)} className="min-w-0 font-medium wrap-anywhere hover:text-link">
                  {host.name}
                </Link>
                <HostStatusPill host={host} />
              </div>
              <LoadBar host={host} />
            </li>
          ))}
        </ul>
      </Panel>
    </Section>
  );
}
