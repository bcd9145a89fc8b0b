import { Toast } from '@base-ui/react/toast';
import { CircleAlert, CircleCheck, X } from 'lucide-react';

/** The corner where messages appear that belong to no place on the page. */
export function Toasts() {
  const { toasts } = Toast.useToastManager();
  return (
    <Toast.Portal>
      <Toast.Viewport className="fixed right-4 bottom-4 z-50 flex w-[calc(100vw-2rem)] max-w-narrow flex-col gap-2 max-md:bottom-20 print:hidden">
        {toasts.map((toast) => (
          <Toast.Root
            key={toast.id}
            toast={toast}
            // It asks for nothing: a dialog, as which the library would announce it, does.
            role="group"
            aria-modal={undefined}
            className="rounded-panel bg-raised shadow-popup transition-[opacity,translate] duration-200 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-2 data-starting-style:opacity-0"
          >
            <Toast.Content className="flex gap-2.5 py-2.5 pr-2 pl-3 text-table">
              {toast.type === 'problem' ? (
                <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-wrong" />
              ) : (
                <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />
              )}
              <div className="min-w-0 flex-1 py-px">
                <Toast.Title className="font-medium wrap-anywhere" />
                <Toast.Description className="mt-0.5 text-ink-muted wrap-anywhere" />
              </div>
              {toast.actionProps && (
                <Toast.Action className="h-7 rounded-control px-2 font-medium text-link hover:bg-hover" />
              )}
              <Toast.Close
                aria-label="Dismiss"
                // The library hides it while nobody points there, and it can be focused all the same.
                aria-hidden={false}
                className="inline-flex size-7 items-center justify-center rounded-control text-ink-faint hover:bg-hover hover:text-ink"
              >
                <X aria-hidden className="size-4" />
              </Toast.Close>
            </Toast.Content>
          </Toast.Root>
        ))}
      </Toast.Viewport>
    </Toast.Portal>
  );
}
