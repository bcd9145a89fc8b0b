import { Toast } from '@base-ui/react/toast';
import { Tooltip } from '@base-ui/react/tooltip';
import { TransportProvider } from '@connectrpc/connect-query';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRouter, RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Toasts } from './frame/Toasts.tsx';
import { Uploads } from './files/uploads.ts';
import { UploadsContext } from './files/useUploads.ts';
import { LiveHub } from './live/hub.ts';
import { LiveContext } from './live/useLive.ts';
import { ErrorPage } from './pages/ErrorPage.tsx';
import { NotFoundPage } from './pages/NotFoundPage.tsx';
import { isConfined, isSignedOut } from './problems/problem.ts';
import { routes } from './routes.tsx';
import { RunLog } from './runs/run-log.ts';
import { RunLogContext } from './runs/useRuns.ts';
import { followOtherTabs } from './session/session.ts';
import { createSignedOutCheck } from './session/signed-out-check.ts';
import './theme.css';
import { ServerClock } from './time/server-clock.ts';
import { ClockContext } from './time/useTime.ts';
import { createTransport } from './transport.ts';

const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: 1, staleTime: 0 },
    // What a call made is forgotten with the dialog that shows it: some of it is a secret.
    mutations: { retry: false, gcTime: 0 },
  },
});
const checkSignedOut = createSignedOutCheck(queryClient, () => transport);
const transport = createTransport(checkSignedOut);
const clock = new ServerClock();
const hub = new LiveHub(clock, (error) => (isSignedOut(error) || isConfined(error)) && checkSignedOut());
const runLog = new RunLog(transport);
const uploads = new Uploads();

const router = createRouter({
  routeTree: routes,
  context: { queryClient, transport },
  defaultPreload: false,
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

followOtherTabs();

createRoot(document.getElementById('console')!).render(
  <StrictMode>
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queryClient}>
        <ClockContext value={clock}>
          <LiveContext value={hub}>
            <RunLogContext value={runLog}>
              <UploadsContext value={uploads}>
                <Tooltip.Provider delay={350}>
                  <Toast.Provider limit={4}>
                    <RouterProvider router={router} />
                    <Toasts />
                  </Toast.Provider>
                </Tooltip.Provider>
              </UploadsContext>
            </RunLogContext>
          </LiveContext>
        </ClockContext>
      </QueryClientProvider>
    </TransportProvider>
  </StrictMode>,
);
