import type { IdentityScope } from '#proto/muster/v1/identity_pb.js';
import { scopeTitles } from './words.ts';

/** Scopes as small tags. */
export const Scopes = ({ scopes }: { scopes: readonly IdentityScope[] }) => (
  <ul className="flex flex-wrap gap-1">
    {scopes.map((scope) => (
      <li
        key={scope}
        className="rounded-tag bg-unknown-soft px-1.5 font-mono text-small whitespace-nowrap text-ink-muted"
      >
        {scopeTitles[scope]}
      </li>
    ))}
  </ul>
);
