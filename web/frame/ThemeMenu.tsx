import { Menu } from '@base-ui/react/menu';
import { Check, Monitor, Moon, Sun, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { menuItemClasses, menuPopupClasses } from '../parts/ActionMenu.tsx';
import { IconButton } from '../parts/Button.tsx';
import { classes } from '../parts/classes.ts';
import { chooseTheme, readTheme, type Theme } from './theme.ts';

const themes: Record<Theme, { label: string; icon: LucideIcon }> = {
  system: { label: 'Like the system', icon: Monitor },
  light: { label: 'Light', icon: Sun },
  dark: { label: 'Dark', icon: Moon },
};

const order: readonly Theme[] = ['system', 'light', 'dark'];

/** Chooses between light, dark and the system's setting. */
export function ThemeMenu() {
  const [theme, setTheme] = useState(readTheme);
  return (
    <Menu.Root>
      <Menu.Trigger render={<IconButton label={`Theme: ${themes[theme].label}`} icon={themes[theme].icon} />} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="z-50 outline-none">
          <Menu.Popup className={menuPopupClasses}>
            <Menu.RadioGroup
              value={theme}
              onValueChange={(next: Theme) => {
                chooseTheme(next);
                setTheme(next);
              }}
            >
              {order.map((value) => {
                const { label, icon: Icon } = themes[value];
                return (
                  <Menu.RadioItem
                    key={value}
                    value={value}
                    closeOnClick
                    className={classes(menuItemClasses, 'items-center')}
                  >
                    <Icon aria-hidden className="size-4 text-ink-faint" />
                    <span className="flex-1">{label}</span>
                    <Menu.RadioItemIndicator>
                      <Check aria-hidden className="size-4 text-link" />
                    </Menu.RadioItemIndicator>
                  </Menu.RadioItem>
                );
              })}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
