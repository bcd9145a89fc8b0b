import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';

/** A hint on hover and focus. It repeats or explains; nothing stands only here. */
export function Tip({ hint, children }: { hint: ReactNode; children: ReactElement }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className="z-50">
          <Tooltip.Popup className="max-w-narrow rounded-control bg-ink px-2.5 py-1.5 text-small text-panel shadow-popup transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0">
            {hint}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
