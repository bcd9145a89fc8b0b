import { Outlet } from '@tanstack/react-router';
import { AlertTabs } from '../alerts/AlertTabs.tsx';
import { useAlerts, useChannels } from '../alerts/useAlerts.ts';
import { useAlertsLive } from '../alerts/useAlertsLive.ts';
import { Page } from '../parts/Page.tsx';
import { Freshness } from '../parts/Status.tsx';
import { useCaller } from '../session/useCaller.ts';
import { NotFoundPage } from './NotFoundPage.tsx';

/** What fires, what makes it fire, and whom it is told. */
export function AlertsPage() {
  const { platformAdmin } = useCaller();
  return platformAdmin ? <Alerts /> : <NotFoundPage />;
}

function Alerts() {
  const phase = useAlertsLive();
  const firing = useAlerts(false).data?.pages[0]?.alerts.length;
  const channels = useChannels().data?.channels.length;
  return (
    <Page
      title="Alerts"
      summary={firing === undefined || channels === undefined ? undefined : sentence(firing, channels)}
    >
      <div className="flex min-w-0 flex-col gap-5">
        <AlertTabs />
        <Freshness phase={phase}>
          <Outlet />
        </Freshness>
      </div>
    </Page>
  );
}

function sentence(firing: number, channels: number): string {
  const fires = firing === 0 ? 'Nothing fires' : firing === 1 ? 'One alert fires' : `${firing} alerts fire`;
  const told =
    channels === 0
      ? 'nobody is told, for there is no channel'
      : `${channels} ${channels === 1 ? 'channel is' : 'channels are'} told`;
  return `${fires}; ${told}.`;
}
