import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import type { FormState } from './useForm.ts';

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
  /** False where closing would lose something that is shown once: then only the dialog's own button closes it. */
  readonly dismissible?: boolean;
  readonly wide?: boolean;
}

/** A dialog in the middle of the page; on a phone it is the page. */
export function Dialog({ open, onClose, title, description, children, dismissible = true, wide = false }: DialogProps) {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => !next && dismissible && onClose()}
      disablePointerDismissal={!dismissible}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 z-40 grid grid-cols-1 place-items-center md:p-6">
          <Base.Popup
            className={classes(
              'relative flex w-full flex-col bg-raised shadow-dialog outline-none transition-[opacity,translate,scale] duration-200 data-ending-style:opacity-0 data-starting-style:opacity-0',
              'max-md:h-dvh max-md:data-starting-style:translate-y-4',
              'md:max-h-[calc(100dvh-4rem)] md:rounded-dialog md:data-ending-style:scale-98 md:data-starting-style:scale-98',
              wide ? 'md:max-w-form' : 'md:max-w-dialog',
            )}
          >
            <header className="px-5 pt-5 pr-14 md:px-6 md:pr-14">
              <Base.Title className="text-section text-balance">{title}</Base.Title>
              {description !== undefined && (
                <Base.Description className="mt-1 text-table text-pretty text-ink-muted">
                  {description}
                </Base.Description>
              )}
            </header>
            {children}
            {/* Last, so that a dialog begins at its first field. */}
            {dismissible && (
              <Base.Close
                aria-label="Close"
                className="absolute top-3.5 right-3.5 inline-flex size-8 items-center justify-center rounded-control text-ink-faint transition-colors hover:bg-hover hover:text-ink max-md:size-10"
              >
                <X aria-hidden className="size-4" />
              </Base.Close>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

/** A form that is a dialog's whole content: its body scrolls, its actions stay in sight. */
export function DialogForm<Values>({ form, children }: { form: FormState<Values>; children: ReactNode }) {
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="flex min-h-0 flex-1 flex-col">
      {children}
    </form>
  );
}

/** The middle of a dialog. */
export function DialogBody({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto overscroll-contain px-5 py-5 *:shrink-0 md:px-6">
      {children}
    </div>
  );
}

/** The last line of a dialog: the primary action stands at its end. */
export function DialogActions({ children, aside }: { children: ReactNode; aside?: ReactNode }) {
  return (
    <footer className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line bg-raised px-5 py-3.5 max-md:pb-[max(0.875rem,env(safe-area-inset-bottom))] md:rounded-b-dialog md:px-6">
      <div className="mr-auto min-w-0">{aside}</div>
      {children}
    </footer>
  );
}
