import { Menu } from '@base-ui/react/menu';
import type { LucideIcon } from 'lucide-react';
import type { ReactElement } from 'react';
import { classes } from './classes.ts';

export interface MenuAction {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly onSelect: () => void;
  /** Why it cannot be done now. Shown under the label. */
  readonly disabledReason?: string | undefined;
  readonly destructive?: boolean;
}

export const menuPopupClasses =
  'z-50 min-w-48 max-w-72 rounded-panel bg-raised p-1 shadow-popup outline-none transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0';

export const menuItemClasses =
  'flex min-h-8 w-full items-start gap-2.5 rounded-control px-2 py-1.5 text-table outline-none select-none data-highlighted:bg-hover max-md:min-h-10 max-md:items-center';

/** Actions behind one button. What cannot be done stands there too, with its reason. */
export function ActionMenu({ trigger, actions }: { trigger: ReactElement; actions: readonly MenuAction[] }) {
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="z-50 outline-none">
          <Menu.Popup className={menuPopupClasses}>
            {actions.map(({ label, icon: Icon, onSelect, disabledReason, destructive }) => (
              <Menu.Item
                key={label}
                disabled={Boolean(disabledReason)}
                onClick={onSelect}
                className={classes(
                  menuItemClasses,
                  destructive === true && 'text-wrong',
                  'data-disabled:text-ink-faint',
                )}
              >
                <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
                <span>
                  {label}
                  {disabledReason && <span className="block text-small text-ink-faint">{disabledReason}</span>}
                </span>
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
