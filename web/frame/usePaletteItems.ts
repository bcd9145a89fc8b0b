import { useQuery } from '@connectrpc/connect-query';
import { useNavigate } from '@tanstack/react-router';
import {
  Box,
  Camera,
  GitBranch,
  KeyRound,
  Layers,
  LogOut,
  Monitor,
  Moon,
  Plus,
  Rocket,
  Server,
  Sun,
  UserRound,
  UsersRound,
  type LucideIcon,
} from 'lucide-react';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { TemplateService } from '#proto/muster/v1/template_pb.js';
import { makeRefusal } from '../credentials/may-manage.ts';
import { sandboxName } from '../sandboxes/name.ts';
import { paths } from '../paths.ts';
import { snapshotName } from '../snapshots/words.ts';
import { useCaller } from '../session/useCaller.ts';
import { useSwitchTeam } from '../session/useSwitchTeam.ts';
import { useMaySignOut, useSignOut } from './AccountMenu.tsx';
import { adminAreas, areasOf } from './areas.ts';
import { chooseTheme } from './theme.ts';

/** Something that can be gone to or done. */
export interface PaletteItem {
  readonly value: string;
  readonly label: string;
  readonly detail: string;
  readonly icon: LucideIcon;
  readonly run: () => void;
}

export interface PaletteGroup {
  readonly value: string;
  readonly items: readonly PaletteItem[];
}

/** Everything that the palette offers; hosts, sandboxes and repositories are asked for when it opens. */
export function usePaletteItems(open: boolean): readonly PaletteGroup[] {
  const navigate = useNavigate();
  const signOut = useSignOut();
  const maySignOut = useMaySignOut();
  const caller = useCaller();
  const switchTeam = useSwitchTeam();
  const { platformAdmin } = caller;
  const asked = { enabled: open, staleTime: 5000 };
  const hosts = useQuery(HostService.method.listHosts, { pageSize: 1000 }, asked);
  const sandboxes = useQuery(SandboxService.method.listSandboxes, { pageSize: 1000 }, asked);
  const ofTeam = { ...asked, enabled: open && caller.activeTeamId !== '' };
  const templates = useQuery(TemplateService.method.listTemplates, { pageSize: 1000 }, ofTeam);
  const snapshots = useQuery(SnapshotService.method.listSnapshots, { pageSize: 1000 }, ofTeam);
  const repositories = useQuery(FleetService.method.listRepositories, { pageSize: 1000 }, asked);

  const adminActions: PaletteItem[] = [
    {
      value: 'new-rollout',
      label: 'Start a rollout',
      detail: 'Action',
      icon: Rocket,
      run: () => void navigate(paths.newRollout()),
    },
    { value: 'add-host', label: 'Add a host', detail: 'Action', icon: Plus, run: () => void navigate(paths.addHost()) },
    {
      value: 'register',
      label: 'Register a repository',
      detail: 'Action',
      icon: Plus,
      run: () => void navigate(paths.registerRepository()),
    },
  ];
  const credentialActions: PaletteItem[] = [
    { value: 'new-key', label: 'New key', detail: 'Action', icon: Plus, run: () => void navigate(paths.mintKey()) },
    {
      value: 'new-identity',
      label: 'New identity',
      detail: 'Action',
      icon: Plus,
      run: () => void navigate(paths.createIdentity()),
    },
  ];
  const groups: PaletteGroup[] = [
    {
      value: 'Pages',
      items: [
        ...[...areasOf(caller), ...(platformAdmin ? adminAreas : [])].map((area) => ({
          value: area.label,
          label: area.label,
          detail: area.hint,
          icon: area.icon,
          run: () => void navigate(area.link),
        })),
        {
          value: 'account',
          label: 'Account',
          detail: 'Sessions, password, tokens',
          icon: UserRound,
          run: () => void navigate(paths.account()),
        },
        {
          value: 'device',
          label: 'Approve a command line',
          detail: 'By its code',
          icon: KeyRound,
          run: () => void navigate(paths.device()),
        },
      ],
    },
    {
      value: 'Actions',
      items: [
        {
          value: 'create-sandbox',
          label: 'Create a sandbox',
          detail: 'Action',
          icon: Plus,
          run: () => void navigate(paths.createSandbox()),
        },
        {
          value: 'create-template',
          label: 'Create a template',
          detail: 'Action',
          icon: Plus,
          run: () => void navigate(paths.createTemplate()),
        },
        {
          value: 'create-team',
          label: 'New team',
          detail: 'Action',
          icon: Plus,
          run: () => void navigate(paths.createTeam()),
        },
        ...(makeRefusal(caller) === undefined ? credentialActions : []),
        ...(platformAdmin ? adminActions : []),
        { value: 'light', label: 'Use the light theme', detail: 'Theme', icon: Sun, run: () => chooseTheme('light') },
        { value: 'dark', label: 'Use the dark theme', detail: 'Theme', icon: Moon, run: () => chooseTheme('dark') },
        {
          value: 'system',
          label: 'Use the system’s theme',
          detail: 'Theme',
          icon: Monitor,
          run: () => chooseTheme('system'),
        },
        ...(maySignOut
          ? [{ value: 'sign-out', label: 'Sign out', detail: 'Account', icon: LogOut, run: signOut }]
          : []),
      ],
    },
    {
      value: 'Teams',
      items: caller.teams
        .filter(({ teamId }) => teamId !== caller.activeTeamId)
        .map((team) => ({
          value: team.teamId,
          label: `Switch to ${team.teamName}`,
          detail: team.teamSlug,
          icon: UsersRound,
          run: () => switchTeam(team.teamId),
        })),
    },
    {
      value: 'Hosts',
      items: (hosts.data?.hosts ?? []).map((host) => ({
        value: host.id,
        label: host.name,
        detail: host.id,
        icon: Server,
        run: () => void navigate(paths.host(host.id)),
      })),
    },
    {
      value: 'Sandboxes',
      items: (sandboxes.data?.sandboxes ?? []).map((sandbox) => ({
        value: sandbox.id,
        label: sandboxName(sandbox),
        detail: `${sandbox.stateLabel} on ${sandbox.hostName}`,
        icon: Box,
        run: () => void navigate(paths.sandbox(sandbox.id)),
      })),
    },
    {
      value: 'Templates',
      items: (templates.data?.templates ?? []).map((template) => ({
        value: template.id,
        label: template.name,
        detail: `version ${template.version}`,
        icon: Layers,
        run: () => void navigate(paths.template({}, template.id)),
      })),
    },
    {
      value: 'Snapshots',
      items: (snapshots.data?.snapshots ?? []).map((snapshot) => ({
        value: snapshot.id,
        label: snapshotName(snapshot),
        detail: `of ${snapshot.sandboxId}`,
        icon: Camera,
        run: () => void navigate(paths.snapshot({}, snapshot.id)),
      })),
    },
    {
      value: 'Repositories',
      items: (repositories.data?.repositories ?? []).map((repository) => ({
        value: repository.id,
        label: repository.name,
        detail: repository.branch,
        icon: GitBranch,
        run: () => void navigate(paths.repository(repository.id)),
      })),
    },
  ];
  return groups.filter((group) => group.items.length > 0);
}
