import { createRootRouteWithContext, createRoute, Outlet, redirect } from '@tanstack/react-router';
import { parseAlertSearch, parseDeliverySearch, parseMakeSearch } from './alerts/filter.ts';
import { parseAuditSearch } from './audit/filter.ts';
import { parseFilesSearch } from './files/search.ts';
import { parseComponentFilter, parseFleetFilter } from './fleet/filter.ts';
import { Frame } from './frame/Frame.tsx';
import { parseGatewaySearch } from './gateway/search.ts';
import { parseHostFilter } from './hosts/filter.ts';
import { AccountPage } from './pages/AccountPage.tsx';
import { AuditPage } from './pages/AuditPage.tsx';
import { CockpitPage } from './pages/CockpitPage.tsx';
import { ComponentPage } from './pages/ComponentPage.tsx';
import { DevicePage } from './pages/DevicePage.tsx';
import { EntrancePage } from './pages/EntrancePage.tsx';
import { EntranceErrorPage } from './pages/ErrorPage.tsx';
import { FleetPage } from './pages/FleetPage.tsx';
import { ForgotPasswordPage } from './pages/ForgotPasswordPage.tsx';
import { parseIdentitySearch } from './identities/filter.ts';
import { parseKeySearch } from './keys/filter.ts';
import { AlertChannels } from './pages/AlertChannels.tsx';
import { AlertDeliveries } from './pages/AlertDeliveries.tsx';
import { AlertRules } from './pages/AlertRules.tsx';
import { AlertsFiring } from './pages/AlertsFiring.tsx';
import { AlertsPage } from './pages/AlertsPage.tsx';
import { ApprovalsPage } from './pages/ApprovalsPage.tsx';
import { IdentitiesPage } from './pages/IdentitiesPage.tsx';
import { IdentityPage } from './pages/IdentityPage.tsx';
import { InstallationKeysPage } from './pages/InstallationKeysPage.tsx';
import { KeysPage } from './pages/KeysPage.tsx';
import { GatewayPage } from './pages/GatewayPage.tsx';
import { HostPage } from './pages/HostPage.tsx';
import { HostsPage } from './pages/HostsPage.tsx';
import { InvitePage } from './pages/InvitePage.tsx';
import { NotFoundPage } from './pages/NotFoundPage.tsx';
import { RepositoriesPage } from './pages/RepositoriesPage.tsx';
import { RepositoryPage } from './pages/RepositoryPage.tsx';
import { MachineAccessPage } from './pages/MachineAccessPage.tsx';
import { NewRolloutPage } from './pages/NewRolloutPage.tsx';
import { ResetPasswordPage } from './pages/ResetPasswordPage.tsx';
import { RolloutPage } from './pages/RolloutPage.tsx';
import { RolloutsPage } from './pages/RolloutsPage.tsx';
import { SandboxesPage } from './pages/SandboxesPage.tsx';
import { SandboxFiles } from './pages/SandboxFiles.tsx';
import { SandboxLogs } from './pages/SandboxLogs.tsx';
import { SandboxMetrics } from './pages/SandboxMetrics.tsx';
import { SandboxOverview } from './pages/SandboxOverview.tsx';
import { SandboxPage } from './pages/SandboxPage.tsx';
import { SandboxPorts } from './pages/SandboxPorts.tsx';
import { SandboxProcesses } from './pages/SandboxProcesses.tsx';
import { SandboxTerminal } from './pages/SandboxTerminal.tsx';
import { SecondFactorPage } from './pages/SecondFactorPage.tsx';
import { ServiceSetupPage } from './pages/ServiceSetupPage.tsx';
import { SetupPage } from './pages/SetupPage.tsx';
import { SignUpPage } from './pages/SignUpPage.tsx';
import { SnapshotsPage } from './pages/SnapshotsPage.tsx';
import { TeamPage } from './pages/TeamPage.tsx';
import { TeamsPage } from './pages/TeamsPage.tsx';
import { TemplatesPage } from './pages/TemplatesPage.tsx';
import { TesterPage } from './pages/TesterPage.tsx';
import { TestersPage } from './pages/TestersPage.tsx';
import { UsersPage } from './pages/UsersPage.tsx';
import { searchText, searchWord, type RawSearch } from './parts/search.ts';
import { parseRepositoryFilter } from './repositories/filter.ts';
import { parseNewRolloutSearch, parseRolloutSearch, parseRolloutsSearch } from './rollouts/search.ts';
import { parseSandboxFilter } from './sandboxes/filter.ts';
import {
  findSession,
  loadSetup,
  requireConfined,
  requireNoSession,
  requirePasswords,
  requireSession,
  requireWayIn,
  type ConsoleContext,
} from './session/require-session.ts';
import { parseSnapshotSearch } from './snapshots/filter.ts';
import { parseTeamSearch } from './teams/search.ts';
import { parseTemplateSearch } from './templates/filter.ts';
import { parseTestersSearch } from './testers/filter.ts';
import { parseUserFilter } from './users/filter.ts';

/* The map of the console. Links are made by paths.ts. */

const root = createRootRouteWithContext<ConsoleContext>()({ component: Outlet, errorComponent: EntranceErrorPage });

const parseNext = (raw: RawSearch): { next?: string | undefined } => ({ next: searchText(raw, 'next') });

const parseSignInSearch = (
  raw: RawSearch,
): { next?: string | undefined; problem?: string | undefined; claim?: string | undefined } => ({
  ...parseNext(raw),
  problem: searchText(raw, 'problem'),
  claim: searchText(raw, 'claim'),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  beforeLoad: ({ context }) => requirePasswords(context),
  loader: ({ context }) => loadSetup(context),
  component: SetupPage,
  errorComponent: EntranceErrorPage,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: parseSignInSearch,
  beforeLoad: ({ context }) => requireWayIn(context),
  loader: ({ context }) => loadSetup(context),
  component: EntrancePage,
  errorComponent: EntranceErrorPage,
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  validateSearch: parseNext,
  beforeLoad: async ({ context }) => {
    await requireNoSession(context);
    await requirePasswords(context);
  },
  loader: ({ context }) => loadSetup(context),
  component: SignUpPage,
  errorComponent: EntranceErrorPage,
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite',
  beforeLoad: async ({ context }) => {
    await requirePasswords(context);
    return findSession(context);
  },
  loader: ({ context }) => loadSetup(context),
  component: InvitePage,
  errorComponent: EntranceErrorPage,
});

const secondFactor = createRoute({
  getParentRoute: () => root,
  path: '/second-factor',
  validateSearch: parseNext,
  beforeLoad: ({ context }) => requireConfined(context),
  loader: ({ context }) => loadSetup(context),
  component: SecondFactorPage,
  errorComponent: EntranceErrorPage,
});

const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: '/forgot-password',
  beforeLoad: ({ context }) => requirePasswords(context),
  loader: ({ context }) => loadSetup(context),
  component: ForgotPasswordPage,
  errorComponent: EntranceErrorPage,
});

const reset = createRoute({
  getParentRoute: () => root,
  path: '/reset',
  beforeLoad: ({ context }) => requirePasswords(context),
  loader: ({ context }) => loadSetup(context),
  component: ResetPasswordPage,
  errorComponent: EntranceErrorPage,
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: ({ context, location }) => requireSession(context, location.href),
  component: Frame,
  errorComponent: EntranceErrorPage,
});

const sandbox = createRoute({ getParentRoute: () => signedIn, path: '/sandboxes/$sandboxId', component: SandboxPage });

const sandboxViews = [
  createRoute({ getParentRoute: () => sandbox, path: '/', component: SandboxOverview }),
  createRoute({
    getParentRoute: () => sandbox,
    path: '/terminal',
    validateSearch: (raw: RawSearch): { session?: string | undefined } => ({ session: searchText(raw, 'session') }),
    component: SandboxTerminal,
  }),
  createRoute({
    getParentRoute: () => sandbox,
    path: '/processes',
    validateSearch: (raw: RawSearch): { process?: string | undefined } => ({ process: searchText(raw, 'process') }),
    component: SandboxProcesses,
  }),
  createRoute({
    getParentRoute: () => sandbox,
    path: '/files',
    validateSearch: parseFilesSearch,
    component: SandboxFiles,
  }),
  createRoute({ getParentRoute: () => sandbox, path: '/ports', component: SandboxPorts }),
  createRoute({
    getParentRoute: () => sandbox,
    path: '/metrics',
    validateSearch: (raw: RawSearch): { fine?: 'minutes' | undefined } => ({
      fine: searchWord(raw, 'fine', ['minutes']),
    }),
    component: SandboxMetrics,
  }),
  createRoute({
    getParentRoute: () => sandbox,
    path: '/logs',
    validateSearch: (raw: RawSearch): { of?: string | undefined } => ({ of: searchText(raw, 'of') }),
    component: SandboxLogs,
  }),
] as const;

const alerts = createRoute({ getParentRoute: () => signedIn, path: '/alerts', component: AlertsPage });

const alertViews = [
  createRoute({ getParentRoute: () => alerts, path: '/', validateSearch: parseAlertSearch, component: AlertsFiring }),
  createRoute({ getParentRoute: () => alerts, path: '/rules', validateSearch: parseMakeSearch, component: AlertRules }),
  createRoute({
    getParentRoute: () => alerts,
    path: '/channels',
    validateSearch: parseMakeSearch,
    component: AlertChannels,
  }),
  createRoute({
    getParentRoute: () => alerts,
    path: '/deliveries',
    validateSearch: parseDeliverySearch,
    component: AlertDeliveries,
  }),
] as const;

const pages = [
  createRoute({
    getParentRoute: () => signedIn,
    path: '/',
    // Filters of the fleet stood here once.
    validateSearch: parseFleetFilter,
    beforeLoad: ({ context, search }) => {
      const asksForFleet = Object.values(search).some((one) => one !== undefined);
      throw context.caller.platformAdmin || asksForFleet
        ? redirect({ to: '/fleet', search, replace: true })
        : redirect({ to: '/my-machine', replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/fleet',
    validateSearch: parseFleetFilter,
    component: FleetPage,
  }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/components/$repository/$component',
    validateSearch: parseComponentFilter,
    component: ComponentPage,
  }),
  createRoute({ getParentRoute: () => signedIn, path: '/my-machine', component: CockpitPage }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/hosts',
    validateSearch: parseHostFilter,
    component: HostsPage,
  }),
  createRoute({ getParentRoute: () => signedIn, path: '/hosts/$hostId', component: HostPage }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/sandboxes',
    validateSearch: parseSandboxFilter,
    component: SandboxesPage,
  }),
  sandbox.addChildren(sandboxViews),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/snapshots',
    validateSearch: parseSnapshotSearch,
    component: SnapshotsPage,
  }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/templates',
    validateSearch: parseTemplateSearch,
    component: TemplatesPage,
  }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/repositories',
    validateSearch: parseRepositoryFilter,
    component: RepositoriesPage,
  }),
  createRoute({ getParentRoute: () => signedIn, path: '/repositories/$repositoryId', component: RepositoryPage }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/rollouts',
    validateSearch: parseRolloutsSearch,
    component: RolloutsPage,
  }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/rollouts/new',
    validateSearch: parseNewRolloutSearch,
    component: NewRolloutPage,
  }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/rollouts/$rolloutId',
    validateSearch: parseRolloutSearch,
    component: RolloutPage,
  }),
  alerts.addChildren(alertViews),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/audit',
    validateSearch: parseAuditSearch,
    component: AuditPage,
  }),
  createRoute({ getParentRoute: () => signedIn, path: '/team', validateSearch: parseTeamSearch, component: TeamPage }),
  createRoute({ getParentRoute: () => signedIn, path: '/keys', validateSearch: parseKeySearch, component: KeysPage }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/installation-keys',
    validateSearch: parseKeySearch,
    component: InstallationKeysPage,
  }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/identities',
    validateSearch: parseIdentitySearch,
    component: IdentitiesPage,
  }),
  createRoute({ getParentRoute: () => signedIn, path: '/identities/$identityId', component: IdentityPage }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/approvals',
    validateSearch: (raw: RawSearch): { decided?: 'shown' | undefined } => ({
      decided: searchWord(raw, 'decided', ['shown']),
    }),
    component: ApprovalsPage,
  }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/users',
    validateSearch: parseUserFilter,
    component: UsersPage,
  }),
  createRoute({ getParentRoute: () => signedIn, path: '/teams', component: TeamsPage }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/machine-access',
    validateSearch: (raw: RawSearch): { dialog?: 'add' | undefined } => ({
      dialog: searchWord(raw, 'dialog', ['add']),
    }),
    component: MachineAccessPage,
  }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/testers',
    validateSearch: parseTestersSearch,
    component: TestersPage,
  }),
  createRoute({ getParentRoute: () => signedIn, path: '/testers/$testerId', component: TesterPage }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/gateway',
    validateSearch: parseGatewaySearch,
    component: GatewayPage,
  }),
  createRoute({ getParentRoute: () => signedIn, path: '/service-setup', component: ServiceSetupPage }),
  createRoute({ getParentRoute: () => signedIn, path: '/account', component: AccountPage }),
  createRoute({
    getParentRoute: () => signedIn,
    path: '/device',
    validateSearch: (raw: RawSearch): { code?: string | undefined } => ({ code: searchText(raw, 'code') }),
    component: DevicePage,
  }),
  createRoute({ getParentRoute: () => signedIn, path: '/$', component: NotFoundPage }),
] as const;

export const routes = root.addChildren([
  setup,
  signIn,
  signUp,
  secondFactor,
  forgotPassword,
  reset,
  invite,
  signedIn.addChildren(pages),
]);
