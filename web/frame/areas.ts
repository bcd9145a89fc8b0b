import {
  BellRing,
  Bot,
  Box,
  Boxes,
  Camera,
  FlaskConical,
  GitBranch,
  KeyRound,
  KeySquare,
  LaptopMinimal,
  Layers,
  Radar,
  Rocket,
  ScrollText,
  Server,
  Settings2,
  SquareTerminal,
  Stamp,
  UserRoundCog,
  UsersRound,
  Waypoints,
  type LucideIcon,
} from 'lucide-react';
import type { Caller } from '#proto/muster/v1/auth_pb.js';
import { mayReadAudit } from '../audit/may-read.ts';
import { maySeeCredentials } from '../credentials/may-manage.ts';
import { paths } from '../paths.ts';

interface Area {
  readonly label: string;
  readonly hint: string;
  readonly icon: LucideIcon;
  readonly link: object;
}

const cockpit = {
  label: 'My machine',
  hint: 'What is yours here, and what changed',
  icon: LaptopMinimal,
  link: paths.cockpit(),
} as const satisfies Area;
const fleet = {
  label: 'Fleet',
  hint: 'Which commit every machine runs',
  icon: Radar,
  link: paths.fleet(),
} as const satisfies Area;
const hosts = { label: 'Hosts', hint: 'The machines', icon: Server, link: paths.hosts() } as const satisfies Area;
const sandboxes = {
  label: 'Sandboxes',
  hint: 'What runs on them',
  icon: Box,
  link: paths.sandboxes(),
} as const satisfies Area;
const repositories = {
  label: 'Repositories',
  hint: 'What should run',
  icon: GitBranch,
  link: paths.repositories(),
} as const satisfies Area;

/** Under the thumb: those who run machines begin with the fleet, others with what is theirs. */
export const phoneAreas = ({ platformAdmin }: Caller) =>
  platformAdmin ? [fleet, hosts, sandboxes, repositories] : [cockpit, sandboxes, fleet, hosts];

/** Those that a phone shows elsewhere. */
export const otherAreas = (caller: Caller) => {
  const shown: readonly string[] = phoneAreas(caller).map(({ label }) => label);
  return areasOf(caller).filter(({ label }) => !shown.includes(label));
};

/** The areas of the console that are for this user, as navigation and palette show them. */
export const areasOf = (caller: Caller) => [
  ...(caller.platformAdmin
    ? [fleet, hosts, sandboxes, repositories, cockpit]
    : [cockpit, fleet, hosts, sandboxes, repositories]),
  ...restrictedAreas.filter(({ mayOpen }) => mayOpen(caller)),
];

const hasTeam = ({ activeTeamId }: Caller) => activeTeamId !== '';
const maySeeTeamCredentials = (caller: Caller) => hasTeam(caller) && maySeeCredentials(caller);

/** Areas that are not for everybody. For whom one is not, it is not there. */
const restrictedAreas = [
  {
    label: 'Rollouts',
    hint: 'Bringing machines to a commit',
    icon: Rocket,
    link: paths.rollouts(),
    mayOpen: ({ platformAdmin }) => platformAdmin,
  },
  {
    label: 'Templates',
    hint: 'What sandboxes begin with',
    icon: Layers,
    link: paths.templates(),
    mayOpen: hasTeam,
  },
  {
    label: 'Snapshots',
    hint: 'Files as they were',
    icon: Camera,
    link: paths.snapshots(),
    mayOpen: hasTeam,
  },
  { label: 'Team', hint: 'Members, invites, quota', icon: UsersRound, link: paths.team(), mayOpen: () => true },
  { label: 'Keys', hint: 'For programs', icon: KeyRound, link: paths.keys(), mayOpen: maySeeTeamCredentials },
  {
    label: 'Model gateway',
    hint: 'What your team uses of models',
    icon: Waypoints,
    link: paths.gateway(),
    // Admins of the installation find it among their areas, with all teams.
    mayOpen: (caller) => !caller.platformAdmin && maySeeTeamCredentials(caller),
  },
  {
    label: 'Identities',
    hint: 'Agents, bots, pipelines',
    icon: Bot,
    link: paths.identities(),
    mayOpen: maySeeTeamCredentials,
  },
  {
    label: 'Approvals',
    hint: 'What needs a second person',
    icon: Stamp,
    link: paths.approvals(),
    mayOpen: maySeeCredentials,
  },
  { label: 'Audit', hint: 'Who did what', icon: ScrollText, link: paths.audit(), mayOpen: mayReadAudit },
] as const satisfies readonly {
  label: string;
  hint: string;
  icon: LucideIcon;
  link: object;
  mayOpen: (caller: Caller) => boolean;
}[];

/** Areas of those who run the installation; nobody else sees that they are there. */
export const adminAreas = [
  { label: 'Alerts', hint: 'Who is told when something is wrong', icon: BellRing, link: paths.alerts() },
  { label: 'Testers', hint: 'Bring people in, with a place to work', icon: FlaskConical, link: paths.testers() },
  { label: 'Model gateway', hint: 'What testers use of models', icon: Waypoints, link: paths.gateway() },
  { label: 'Access to machines', hint: 'Who gets onto them by SSH', icon: SquareTerminal, link: paths.machineAccess() },
  { label: 'Users', hint: 'Everybody with an account', icon: UserRoundCog, link: paths.users() },
  { label: 'Installation keys', hint: 'For programs of admins', icon: KeySquare, link: paths.installationKeys() },
  { label: 'Service setup', hint: 'Mail, assistant providers, forge', icon: Settings2, link: paths.serviceSetup() },
  { label: 'All teams', hint: 'What each may use', icon: Boxes, link: paths.teams() },
] as const satisfies readonly { label: string; hint: string; icon: LucideIcon; link: object }[];
