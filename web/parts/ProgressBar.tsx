/** How far something is, in words and as a bar that moves. */
export function ProgressBar({ message, percent }: { message: string; percent: number }) {
  const shown = Math.min(100, Math.max(0, Math.round(percent)));
  return (
    <div className="flex flex-col gap-1.5 rounded-control bg-sunken p-3 text-small ring-1 ring-line ring-inset">
      <div className="flex justify-between gap-3">
        <span role="status" className="min-w-0 truncate">
          {message}
        </span>
        <span className="text-ink-faint tabular-nums">{shown}%</span>
      </div>
      <div
        role="progressbar"
        aria-label={message}
        aria-valuenow={shown}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-1.5 overflow-hidden rounded-full bg-unknown-soft ring-1 ring-line ring-inset"
      >
        <div
          className="h-full rounded-full bg-accent transition-[width] duration-200"
          style={{ width: `${Math.max(2, shown)}%` }}
        />
      </div>
    </div>
  );
}
