import type { Command } from 'commander';
import {
  GetFleetResponseSchema,
  WatchFleetResponseSchema,
  type FleetHost,
  type FleetSummary,
} from '#proto/muster/v1/fleet_pb.js';
import { act, withCommonOptions } from '../command.ts';
import { jsonLine, printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { write, type Surroundings } from '../surroundings.ts';
import { followFleet } from './follow.ts';
import { fleetText } from './text.ts';

export interface FleetOptions extends SessionOptions {
  readonly repository?: string;
  readonly watch?: boolean;
}

/** `muster fleet`. */
export function fleetCommand(program: Command, surroundings: Surroundings): Command {
  return withCommonOptions(program.command('fleet'))
    .description('which machine runs which commit, and whether that is main')
    .option('--repository <name>', 'only components of this repository')
    .option('--watch', 'go on, and show every change')
    .action(
      act<FleetOptions, []>(surroundings, (session, _, { repository = '', watch = false }) =>
        watch ? watchFleet(session, repository) : showFleet(session, repository),
      ),
    );
}

/** The fleet as it is now. */
export async function showFleet(session: Session, repository: string): Promise<void> {
  const answer = await session.fleet.getFleet({ repository });
  if (session.json || !answer.summary) return printJson(session.stdout, GetFleetResponseSchema, answer);
  session.stdout.write(fleetText(answer.summary, answer.hosts));
}

async function watchFleet(session: Session, repository: string): Promise<void> {
  const hosts = new Map<string, FleetHost>();
  for await (const response of followFleet(session, repository)) {
    const { event } = response;
    if (session.json) await write(session.stdout, jsonLine(WatchFleetResponseSchema, response));
    else if (event.case === 'snapshot') {
      hosts.clear();
      for (const host of event.value.hosts) hosts.set(host.hostId, host);
      await show(session, event.value.summary, hosts);
    } else if (event.case === 'change') {
      for (const host of event.value.hosts) hosts.set(host.hostId, host);
      for (const id of event.value.removedHostIds) hosts.delete(id);
      await show(session, event.value.summary, hosts);
    }
  }
}

/** A terminal shows the newest picture alone; a file gets one after the other. */
async function show(
  session: Session,
  summary: FleetSummary | undefined,
  hosts: ReadonlyMap<string, FleetHost>,
): Promise<void> {
  if (!summary) return;
  const before = session.stdout.isTTY ? '\u001b[H\u001b[2J\u001b[3J' : '';
  const after = session.stdout.isTTY ? '' : '\n';
  await write(session.stdout, before + fleetText(summary, [...hosts.values()]) + after);
}
