import { LoaderCircle, type LucideIcon } from 'lucide-react';
import { useId, type ComponentProps, type ReactNode } from 'react';
import { classes } from './classes.ts';
import { Tip } from './Tip.tsx';

const looks = {
  primary: 'bg-accent text-accent-ink shadow-control not-aria-disabled:hover:bg-accent-hover',
  secondary: 'bg-raised text-ink shadow-control ring-1 ring-line-strong ring-inset not-aria-disabled:hover:bg-hover',
  quiet: 'text-ink-muted not-aria-disabled:hover:bg-hover not-aria-disabled:hover:text-ink',
  danger: 'bg-danger text-accent-ink shadow-control not-aria-disabled:hover:bg-danger-hover',
  dangerQuiet:
    'bg-raised text-wrong shadow-control ring-1 ring-line-strong ring-inset not-aria-disabled:hover:bg-wrong-soft',
} as const;

export type ButtonLook = keyof typeof looks;

/** What every control that looks like a button wears; links use it too. */
export const buttonClasses = (look: ButtonLook, small = false): string =>
  classes(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-control print:hidden font-medium whitespace-nowrap select-none transition-colors',
    'aria-disabled:cursor-not-allowed aria-disabled:opacity-55',
    small ? 'h-7 px-2 text-small max-md:h-9 max-md:px-3' : 'h-8 px-3 text-table max-md:h-10 max-md:px-4',
    looks[look],
  );

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  readonly look?: ButtonLook;
  readonly small?: boolean;
  readonly icon?: LucideIcon;
  /** A call is under way: the button keeps its size and takes no press. */
  readonly busy?: boolean;
  /** Why it cannot be pressed now, in one sentence. Shown on hover and focus, and read out. */
  readonly disabledReason?: string;
  readonly children?: ReactNode;
}

/** A button that says what it does. A disabled one stays reachable and says why. */
export function Button({
  look = 'secondary',
  small = false,
  icon: Icon,
  busy = false,
  disabledReason,
  children,
  onClick,
  className,
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const refused = disabledReason !== undefined && disabledReason !== '';
  const blocked = refused || busy;
  const button = (
    <button
      type="button"
      {...rest}
      className={classes(buttonClasses(look, small), className)}
      aria-disabled={blocked || undefined}
      aria-busy={busy || undefined}
      aria-describedby={refused ? reasonId : rest['aria-describedby']}
      onClick={(event) => {
        if (blocked) return event.preventDefault();
        onClick?.(event);
      }}
    >
      {busy ? (
        <LoaderCircle aria-hidden className="size-4 animate-turn" />
      ) : (
        Icon && <Icon aria-hidden className="-ml-0.5 size-4" />
      )}
      {children}
      {refused && (
        <span id={reasonId} hidden>
          {disabledReason}
        </span>
      )}
    </button>
  );
  return refused ? <Tip hint={disabledReason}>{button}</Tip> : button;
}

type IconButtonProps = { label: string; icon: LucideIcon; bordered?: boolean } & Omit<
  ComponentProps<'button'>,
  'children'
>;

/** A button of one picture; its name is read out and shown on hover. `bordered` beside buttons with words. */
export function IconButton({ label, icon: Icon, bordered = false, className, ...rest }: IconButtonProps) {
  return (
    <Tip hint={label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={classes(
          'inline-flex size-8 shrink-0 items-center justify-center rounded-control text-ink-muted transition-colors hover:bg-hover hover:text-ink data-popup-open:bg-hover max-md:size-10',
          bordered && 'bg-raised shadow-control ring-1 ring-line-strong ring-inset',
          className,
        )}
      >
        <Icon aria-hidden className="size-4" />
      </button>
    </Tip>
  );
}
