import { Box, GitBranch, Radar, ScrollText, Server, type LucideIcon } from 'lucide-react';
import type { Caller } from '#proto/muster/v1/auth_pb.js';
import { mayReadAudit } from '../audit/may-read.ts';
import { paths } from '../paths.ts';

/** The areas of the console, as navigation and palette show them. */
export const areas = [
  { label: 'Fleet', hint: 'Which commit every machine runs', icon: Radar, link: paths.fleet() },
  { label: 'Hosts', hint: 'The machines', icon: Server, link: paths.hosts() },
  { label: 'Sandboxes', hint: 'What runs on them', icon: Box, link: paths.sandboxes() },
  { label: 'Repositories', hint: 'What should run', icon: GitBranch, link: paths.repositories() },
] as const satisfies readonly { label: string; hint: string; icon: LucideIcon; link: object }[];

/** Areas that are not for everybody: for whom they are not, they are not there. */
export const restrictedAreas = [
  { label: 'Audit', hint: 'Who did what', icon: ScrollText, link: paths.audit(), mayOpen: mayReadAudit },
] as const satisfies readonly {
  label: string;
  hint: string;
  icon: LucideIcon;
  link: object;
  mayOpen: (caller: Caller) => boolean;
}[];
