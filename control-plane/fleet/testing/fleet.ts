import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { randomBytes } from 'node:crypto';
import { ComponentReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { BuildSource, ComponentState, type FleetComponent, type FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { recordComponentReports } from '../record-reports.ts';
import { temporaryFolder } from './git-repository.ts';

export interface FleetBench {
  readonly plane: TestControlPlane;
  /** A folder that repositories may lie in. */
  readonly root: string;
  /** Puts a machine that has joined into the database. */
  addHost(name: string, options?: { teamId?: string; status?: string }): Promise<string>;
  /** What a host says of its components: the process's own words, unless said otherwise. */
  report(hostId: string, ...components: MessageInitShape<typeof ComponentReportSchema>[]): Promise<string[]>;
  stop(): Promise<void>;
}

/** A control plane with quick looks at local repositories. */
export async function startFleetBench(env: Readonly<Record<string, string>> = {}): Promise<FleetBench> {
  const folder = temporaryFolder();
  const plane = await startTestControlPlane({
    env: { MUSTER_REPOSITORY_ROOTS: folder.path, MUSTER_LOCAL_REPOSITORY_POLL: '100ms', ...env },
  });
  const { pool } = plane.services;
  return {
    plane,
    root: folder.path,
    async addHost(name, { teamId, status = 'online' } = {}) {
      const id = `host${randomBytes(8).toString('hex')}`;
      await pool`
        insert into hosts (id, name, team_id, status, joined_at, last_seen_at)
        values (${id}, ${name}, ${teamId ?? null}, ${status}, now(), now())
      `;
      return id;
    },
    report: (hostId, ...components) =>
      recordComponentReports(pool, [
        {
          hostId,
          reports: components.map((init) =>
            create(ComponentReportSchema, {
              component: 'app',
              repository: 'app',
              buildSource: BuildSource.BAKED,
              ...init,
            }),
          ),
        },
      ]),
    async stop() {
      await plane.stop();
      folder.remove();
    },
  };
}

/** `web: app BEHIND, db CURRENT`. */
export const stateLine = (host: FleetHost | undefined): string =>
  host ? `${host.hostName}: ${host.components.map((one) => `${one.component} ${stateName(one)}`).join(', ')}` : '';

export const stateName = (component: FleetComponent | undefined): string =>
  component ? ComponentState[component.state] : '';
