import { Collapsible } from '@base-ui/react/collapsible';
import { Popover } from '@base-ui/react/popover';
import { ChevronRight, SquareTerminal } from 'lucide-react';
import { IconButton } from '../parts/Button.tsx';
import { CommandBlock } from '../parts/Copy.tsx';

/** The lines that do the same as a button: for the command line, and as a plain call. */
export interface CommandLines {
  readonly muster?: string;
  readonly curl: string;
}

/** "As command", folded, for dialogs. */
export function AsCommand({ lines }: { lines: CommandLines }) {
  return (
    <Collapsible.Root>
      <Collapsible.Trigger className="group inline-flex h-7 items-center gap-1 rounded-control pr-2 text-table text-ink-muted hover:text-ink">
        <ChevronRight aria-hidden className="size-4 transition-transform group-data-panel-open:rotate-90" />
        As command
      </Collapsible.Trigger>
      <Collapsible.Panel className="flex flex-col gap-2 pt-2">
        <Lines lines={lines} />
      </Collapsible.Panel>
    </Collapsible.Root>
  );
}

/** "As command" behind a small button, for pages. */
export function AsCommandButton({ lines }: { lines: CommandLines }) {
  return (
    <Popover.Root>
      <Popover.Trigger render={<IconButton label="As command" icon={SquareTerminal} bordered />} />
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="z-50">
          <Popover.Popup className="flex w-[min(34rem,calc(100vw-2rem))] flex-col gap-2 rounded-panel bg-raised p-3.5 shadow-popup outline-none transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0">
            <Popover.Title className="text-table font-medium">The same from a terminal</Popover.Title>
            <Lines lines={lines} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Lines({ lines }: { lines: CommandLines }) {
  return (
    <>
      {lines.muster !== undefined && <CommandBlock command={lines.muster} label="Copy the muster command" />}
      <CommandBlock command={lines.curl} label="Copy the buf curl command" />
    </>
  );
}
