import { FleetExportFormat, FleetService } from '#proto/muster/v1/fleet_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { musterLine, option } from './muster-line.ts';

/** How long a gate waits, where nobody said otherwise. */
const waitSeconds = 900n;

/** What is done with the fleet. */
export function fleetLines(origin: string) {
  const muster = musterLine(origin);
  return {
    fleet: (): CommandLines => ({ muster: muster('fleet'), curl: bufCurl(FleetService.method.getFleet, {}, origin) }),
    waitForFleet: (repository: string): CommandLines => ({
      muster: muster('fleet', 'wait', option('repository', repository || 'NAME'), option('wait', `${waitSeconds}s`)),
      curl: bufCurl(FleetService.method.assertFleet, { repository, wait: { seconds: waitSeconds } }, origin),
    }),
    exportFleet: (repository: string): CommandLines => ({
      muster: muster('fleet', 'export', option('repository', repository || undefined), option('out', 'fleet.csv')),
      curl: bufCurl(FleetService.method.exportFleet, { format: FleetExportFormat.CSV, repository }, origin),
    }),
    history: (hostId: string, component: string): CommandLines => ({
      muster: muster('fleet', 'history', hostId, option('component', component)),
      curl: bufCurl(FleetService.method.listHistory, { hostId, component }, origin),
    }),
    pinComponent: (hostId: string, component: string, sha: string, reason: string): CommandLines => ({
      muster: muster(
        'fleet',
        'pin',
        hostId,
        shellQuote(component),
        shellQuote(sha || 'COMMIT'),
        option('reason', reason || 'REASON'),
      ),
      curl: bufCurl(FleetService.method.pinComponent, { hostId, component, sha, reason }, origin),
    }),
  };
}
