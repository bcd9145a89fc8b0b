/** The product's mark: an M that stands on one light. */
export function Mark({ className = 'size-6' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className}>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M8 23.5V9l8 8.25L24 9v14.5"
        fill="none"
        strokeWidth="3.1"
        strokeLinecap="round"
        strokeLinejoin="round"
        className="stroke-accent-ink"
      />
      <circle cx="16" cy="23.2" r="2.4" className="fill-accent-light" />
    </svg>
  );
}
