/** Turns something on or off at once. The word beside it says which, not only the colour. */
export function Switch({
  label,
  on,
  words,
  busy = false,
  onChange,
}: {
  label: string;
  on: boolean;
  words: { on: string; off: string };
  busy?: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={label}
      aria-busy={busy || undefined}
      onClick={() => !busy && onChange(!on)}
      className="group inline-flex h-7 items-center gap-2 rounded-control text-table max-md:h-10"
    >
      <span
        aria-hidden
        className="flex h-4.5 w-8 items-center rounded-full bg-unknown-solid p-0.5 transition-colors group-aria-checked:bg-accent"
      >
        <span className="size-3.5 rounded-full bg-accent-ink shadow-control transition-transform group-aria-checked:translate-x-3.5" />
      </span>
      <span aria-hidden className="text-ink-muted">
        {on ? words.on : words.off}
      </span>
    </button>
  );
}
