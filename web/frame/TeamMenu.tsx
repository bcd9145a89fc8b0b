import { Menu } from '@base-ui/react/menu';
import { Link } from '@tanstack/react-router';
import { Check, ChevronsUpDown, Plus, UsersRound } from 'lucide-react';
import { useWaitingCount } from '../approvals/useApprovals.ts';
import { menuItemClasses, menuPopupClasses } from '../parts/ActionMenu.tsx';
import { paths } from '../paths.ts';
import { managedElsewhere } from '../session/sign-in-modes.ts';
import { useActiveTeam, useCaller, useSetup } from '../session/useCaller.ts';
import { useSwitchTeam } from '../session/useSwitchTeam.ts';
import { roleWords } from '../teams/roles.ts';
import { otherAreas } from './areas.ts';
import { CountBadge } from './CountBadge.tsx';

/** The active team; behind it the others, the team's page, and a new one. */
export function TeamMenu() {
  const caller = useCaller();
  const team = useActiveTeam();
  const switchTeam = useSwitchTeam();
  const managed = managedElsewhere(useSetup());
  const name = team?.teamName ?? 'No team';
  const waiting = useWaitingCount();
  return (
    <Menu.Root>
      <Menu.Trigger
        aria-label={`Team ${name}${waiting > 0 ? `, ${waiting} waiting` : ''}`}
        title={team?.teamSlug}
        className="-ml-2 inline-flex h-8 min-w-0 items-center gap-2 rounded-control px-2 text-table transition-colors hover:bg-hover data-popup-open:bg-hover max-md:h-10"
      >
        <UsersRound aria-hidden className="size-4 shrink-0 text-ink-faint max-md:hidden" />
        <span className="truncate">{name}</span>
        {waiting > 0 && <span aria-hidden className="size-2 shrink-0 rounded-full bg-accent md:hidden" />}
        <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-ink-faint" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="start" className="z-50 outline-none">
          <Menu.Popup className={menuPopupClasses}>
            {caller.teams.length > 0 && (
              <Menu.RadioGroup
                aria-label="Teams"
                value={caller.activeTeamId}
                onValueChange={(teamId: string) => teamId !== caller.activeTeamId && switchTeam(teamId)}
                className="mb-1 max-h-80 overflow-y-auto border-b border-line pb-1"
              >
                {caller.teams.map(({ teamId, teamName, role }) => (
                  <Menu.RadioItem key={teamId} value={teamId} closeOnClick className={menuItemClasses}>
                    <span className="mt-0.5 size-4 shrink-0">
                      <Menu.RadioItemIndicator>
                        <Check aria-hidden className="size-4 text-link" />
                      </Menu.RadioItemIndicator>
                    </span>
                    <span className="min-w-0 truncate">{teamName}</span>
                    <span className="ml-auto text-small text-ink-faint">{roleWords[role]}</span>
                  </Menu.RadioItem>
                ))}
              </Menu.RadioGroup>
            )}
            {otherAreas(caller).map(({ label, icon: Icon, link }) => (
              <Menu.LinkItem key={label} closeOnClick render={<Link {...link} />} className={menuItemClasses}>
                <Icon aria-hidden className="mt-0.5 size-4 text-ink-faint" /> {label}
                {label === 'Approvals' && <CountBadge count={waiting} />}
              </Menu.LinkItem>
            ))}
            {managed === undefined && (
              <Menu.LinkItem closeOnClick render={<Link {...paths.createTeam()} />} className={menuItemClasses}>
                <Plus aria-hidden className="mt-0.5 size-4 text-ink-faint" /> New team
              </Menu.LinkItem>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
