import { useMutation } from '@connectrpc/connect-query';
import { Menu } from '@base-ui/react/menu';
import { Link } from '@tanstack/react-router';
import { CircleUserRound, LogOut, UserRound } from 'lucide-react';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { menuItemClasses, menuPopupClasses } from '../parts/ActionMenu.tsx';
import { paths } from '../paths.ts';
import { useReport } from '../problems/useReport.ts';
import { enterAsNewAccount } from '../session/session.ts';
import { hasSessions } from '../session/sign-in-modes.ts';
import { useCaller, useSetup } from '../session/useCaller.ts';

/** Ends the session and leaves for the sign-in page. */
export function useSignOut(): () => void {
  const report = useReport();
  const logOut = useMutation(AuthService.method.logOut, {
    // A sign-in service keeps people signed in there: it has to hear of it, too.
    onSuccess: ({ continueUrl }) => enterAsNewAccount(continueUrl || '/sign-in'),
    onError: report,
  });
  return () => logOut.mutate({});
}

/** Whether there is something to sign out of: not behind a proxy that says no address for it. */
export function useMaySignOut(): boolean {
  const setup = useSetup();
  return hasSessions(setup) || setup.signOutUrl !== '';
}

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const caller = useCaller();
  const signOut = useSignOut();
  const maySignOut = useMaySignOut();
  return (
    <Menu.Root>
      <Menu.Trigger
        aria-label={`${initials(caller.name)} – account of ${caller.name}`}
        className="inline-flex size-8 items-center justify-center rounded-full bg-accent-soft text-small font-semibold text-link max-md:size-9"
      >
        {initials(caller.name) || <CircleUserRound aria-hidden className="size-4" />}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="z-50 outline-none">
          <Menu.Popup className={menuPopupClasses}>
            <div className="border-b border-line px-2 pt-1 pb-2 text-table">
              <p className="truncate font-medium">{caller.name}</p>
              <p className="truncate text-small text-ink-faint">{caller.email}</p>
              {caller.platformAdmin && <p className="mt-1 text-small text-ink-faint">Platform admin</p>}
            </div>
            <div className="pt-1">
              <Menu.LinkItem closeOnClick render={<Link {...paths.account()} />} className={menuItemClasses}>
                <UserRound aria-hidden className="mt-0.5 size-4 text-ink-faint" /> Account
              </Menu.LinkItem>
              {maySignOut && (
                <Menu.Item onClick={signOut} className={menuItemClasses}>
                  <LogOut aria-hidden className="mt-0.5 size-4 text-ink-faint" /> Sign out
                </Menu.Item>
              )}
            </div>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** The first letters of the first and the last word of a name. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => Array.from(word ?? '')[0] ?? '',
  );
  return letters.join('').toUpperCase();
}
