/** How many things wait for the reader, beside the way to them. Nothing where none do. */
export const CountBadge = ({ count }: { count: number }) =>
  count > 0 && (
    <span className="ml-auto inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-full bg-accent px-1 text-small font-medium text-accent-ink">
      {count}
      <span className="sr-only"> waiting</span>
    </span>
  );
