import { useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

/**
 * What stands after the `#`: read once, then taken out of the address bar and the history, where a secret must not
 * stay. A link that is opened in the same tab later is read too.
 */
export function useFragment(): string {
  const hash = useLocation({ select: (location) => location.hash });
  const router = useRouter();
  const [fragment, setFragment] = useState(hash);
  if (hash !== '' && hash !== fragment) setFragment(hash);
  useEffect(() => {
    if (hash === '') return;
    const { pathname, search } = window.location;
    router.history.replace(pathname + search);
  }, [hash, router]);
  return fragment;
}
