import { Menu } from '@base-ui/react/menu';
import { Link } from '@tanstack/react-router';
import { ShieldCheck } from 'lucide-react';
import { menuItemClasses, menuPopupClasses } from '../parts/ActionMenu.tsx';
import { IconButton } from '../parts/Button.tsx';
import { adminAreas } from './areas.ts';

/** The way into the admin area. Only platform admins see it. */
export function AdminMenu() {
  return (
    <Menu.Root>
      <Menu.Trigger render={<IconButton label="Admin" icon={ShieldCheck} className="text-link" />} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="z-50 outline-none">
          <Menu.Popup className={menuPopupClasses}>
            <p className="px-2 pt-1 pb-1.5 text-small text-ink-faint">Platform admin</p>
            {adminAreas.map(({ label, hint, icon: Icon, link }) => (
              <Menu.LinkItem key={label} closeOnClick render={<Link {...link} />} className={menuItemClasses}>
                <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-faint" />
                <span>
                  {label}
                  <span className="block text-small text-ink-faint">{hint}</span>
                </span>
              </Menu.LinkItem>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
