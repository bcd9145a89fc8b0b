import { Box, GitBranch, Radar, Server, type LucideIcon } from 'lucide-react';
import { paths } from '../paths.ts';

/** The areas of the console, as navigation and palette show them. */
export const areas = [
  { label: 'Fleet', hint: 'Which commit every machine runs', icon: Radar, link: paths.fleet() },
  { label: 'Hosts', hint: 'The machines', icon: Server, link: paths.hosts() },
  { label: 'Sandboxes', hint: 'What runs on them', icon: Box, link: paths.sandboxes() },
  { label: 'Repositories', hint: 'What should run', icon: GitBranch, link: paths.repositories() },
] as const satisfies readonly { label: string; hint: string; icon: LucideIcon; link: object }[];
