import { Link } from '@tanstack/react-router';
import { PanelLeftClose, PanelLeftOpen, ShieldCheck, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useFiringCount } from '../alerts/useAlerts.ts';
import { useWaitingCount } from '../approvals/useApprovals.ts';
import { paths } from '../paths.ts';
import { IconButton } from '../parts/Button.tsx';
import { classes } from '../parts/classes.ts';
import { useCaller } from '../session/useCaller.ts';
import { adminAreas, areasOf, phoneAreas } from './areas.ts';
import { CountBadge } from './CountBadge.tsx';
import { Mark } from './Mark.tsx';

const storageKey = 'muster-navigation';

/** The areas at the left edge. Collapses to pictures; the choice is remembered. */
export function Navigation() {
  const caller = useCaller();
  const waiting = useWaitingCount();
  const [collapsed, setCollapsed] = useState(() => readCollapsed());
  const toggle = () => {
    setCollapsed(!collapsed);
    try {
      localStorage.setItem(storageKey, collapsed ? 'open' : 'collapsed');
    } catch {
      // Storage is blocked: the choice holds until the page is left.
    }
  };
  return (
    <aside
      className={classes(
        'sticky top-0 flex h-dvh shrink-0 flex-col border-r border-line transition-[width] max-md:hidden print:hidden',
        collapsed ? 'w-15' : 'w-54',
      )}
    >
      <Link
        {...paths.home()}
        aria-label="Muster, home"
        className="flex h-13 shrink-0 items-center gap-2.5 rounded-control px-4.5"
      >
        <Mark />
        {!collapsed && <span className="text-section">Muster</span>}
      </Link>
      <nav aria-label="Areas" className="flex min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto px-3 pt-2 *:shrink-0">
        {areasOf(caller).map((area) => (
          <AreaLink
            key={area.label}
            area={area}
            collapsed={collapsed}
            waiting={area.label === 'Approvals' ? waiting : 0}
          />
        ))}
        {caller.platformAdmin && <AdminAreas collapsed={collapsed} />}
      </nav>
      <div className="p-3">
        <IconButton
          label={collapsed ? 'Expand navigation' : 'Collapse navigation'}
          icon={collapsed ? PanelLeftOpen : PanelLeftClose}
          aria-expanded={!collapsed}
          onClick={toggle}
        />
      </div>
    </aside>
  );
}

/** What only platform admins see, marked as such. */
function AdminAreas({ collapsed }: { collapsed: boolean }) {
  const firing = useFiringCount();
  return (
    <div role="group" aria-label="Admin" className="mt-4 flex flex-col gap-0.5 border-t border-line pt-3">
      <p aria-hidden className="mb-1 flex h-6 items-center gap-2 px-2.5 text-small font-medium text-ink-faint">
        <ShieldCheck className="size-4 shrink-0 text-link" />
        {!collapsed && (
          <>
            Admin
            <span className="rounded-tag bg-accent-soft px-1.5 py-0.5 font-normal text-link">platform</span>
          </>
        )}
      </p>
      {adminAreas.map((area) => (
        <AreaLink key={area.label} area={area} collapsed={collapsed} waiting={area.label === 'Alerts' ? firing : 0} />
      ))}
    </div>
  );
}

interface AreaLinkProps {
  readonly area: { readonly label: string; readonly icon: LucideIcon; readonly link: AreaTarget };
  readonly collapsed: boolean;
  readonly waiting?: number;
}

type AreaTarget = (ReturnType<typeof areasOf> | typeof adminAreas)[number]['link'];

function AreaLink({ area: { label, icon: Icon, link }, collapsed, waiting = 0 }: AreaLinkProps) {
  return (
    <Link
      {...link}
      activeOptions={{ includeSearch: false }}
      title={collapsed ? label : undefined}
      className="group flex h-8 items-center gap-2.5 rounded-control px-2.5 text-table font-medium text-ink-muted transition-colors hover:bg-hover hover:text-ink data-[status=active]:bg-hover data-[status=active]:text-ink"
    >
      <Icon
        aria-hidden
        className="size-4 shrink-0 text-ink-faint transition-colors group-hover:text-ink-muted group-data-[status=active]:text-link"
      />
      <span className={collapsed ? 'sr-only' : undefined}>{label}</span>
      <CountBadge count={waiting} />
    </Link>
  );
}

/** The same areas under the thumb. */
export function PhoneNavigation() {
  const caller = useCaller();
  return (
    <nav
      aria-label="Areas"
      className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-4 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] md:hidden print:hidden"
    >
      {phoneAreas(caller).map(({ label, icon: Icon, link }) => (
        <Link
          key={label}
          {...link}
          activeOptions={{ includeSearch: false }}
          className="flex h-14 flex-col items-center justify-center gap-1 text-small text-ink-muted -outline-offset-2 data-[status=active]:font-medium data-[status=active]:text-link"
        >
          <Icon aria-hidden className="size-5" />
          {label}
        </Link>
      ))}
    </nav>
  );
}

function readCollapsed(): boolean {
  try {
    return localStorage.getItem(storageKey) === 'collapsed';
  } catch {
    return false;
  }
}
