import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { CornerDownLeft, Search } from 'lucide-react';
import { usePaletteItems, type PaletteGroup, type PaletteItem } from './usePaletteItems.ts';

/** Goes anywhere and runs actions, by a few letters. */
export function CommandPalette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const groups = usePaletteItems(open);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Viewport className="fixed inset-0 z-40 flex items-start justify-center md:px-6 md:pt-[14vh]">
          <Dialog.Popup
            aria-label="Search and run"
            className="flex w-full flex-col overflow-hidden bg-raised shadow-dialog outline-none transition-[opacity,scale] data-ending-style:opacity-0 data-starting-style:opacity-0 max-md:h-dvh md:max-h-[60vh] md:max-w-form md:rounded-dialog md:data-starting-style:scale-98"
          >
            <Autocomplete.Root
              open
              inline
              items={groups}
              autoHighlight="always"
              keepHighlight
              itemToStringValue={(item: PaletteItem) => `${item.label} ${item.value} ${item.detail}`}
            >
              <div className="flex items-center gap-2.5 border-b border-line px-4">
                <Search aria-hidden className="size-4 text-ink-faint" />
                <Autocomplete.Input
                  aria-label="Search pages, hosts, sandboxes and actions"
                  placeholder="Go to a host, a sandbox, a page, or run an action…"
                  className="h-12 min-w-0 flex-1 bg-transparent text-body outline-none max-md:text-touch"
                />
                <Dialog.Close className="rounded-tag px-1.5 py-0.5 text-small text-ink-faint ring-1 ring-line ring-inset hover:bg-hover">
                  <span aria-hidden className="max-md:hidden">
                    Esc
                  </span>
                  <span className="md:sr-only">Close</span>
                </Dialog.Close>
              </div>
              <Autocomplete.Empty className="not-empty:px-4 not-empty:py-8 text-center text-table text-ink-muted">
                Nothing is called that. Ids, names and actions can be found.
              </Autocomplete.Empty>
              <Autocomplete.List className="overflow-y-auto overscroll-contain p-1.5 empty:hidden">
                {(group: PaletteGroup) => <Group key={group.value} group={group} onClose={onClose} />}
              </Autocomplete.List>
            </Autocomplete.Root>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Group({ group, onClose }: { group: PaletteGroup; onClose: () => void }) {
  return (
    <Autocomplete.Group items={group.items} className="not-last:mb-1.5">
      <Autocomplete.GroupLabel className="px-2.5 pt-1.5 pb-1 text-small font-medium text-ink-faint">
        {group.value}
      </Autocomplete.GroupLabel>
      <Autocomplete.Collection>
        {(item: PaletteItem) => (
          <Autocomplete.Item
            key={item.value}
            value={item}
            onClick={() => {
              onClose();
              item.run();
            }}
            className="group flex h-9 items-center gap-2.5 rounded-control px-2.5 text-table outline-none select-none data-highlighted:bg-hover max-md:h-11"
          >
            <item.icon aria-hidden className="size-4 shrink-0 text-ink-faint" />
            <span className="truncate">{item.label}</span>
            <span className="ml-auto shrink-0 truncate pl-4 text-small text-ink-faint">{item.detail}</span>
            <CornerDownLeft
              aria-hidden
              className="hidden size-3.5 shrink-0 text-ink-faint group-data-highlighted:block"
            />
          </Autocomplete.Item>
        )}
      </Autocomplete.Collection>
    </Autocomplete.Group>
  );
}
