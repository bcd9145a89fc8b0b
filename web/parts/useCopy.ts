import { useEffect, useState } from 'react';

/** Copies a text, and tells for a moment that it did. `failed` where the browser does not allow it. */
export function useCopy(): { state: 'idle' | 'copied' | 'failed'; copy: (text: string) => void } {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 1600);
    return () => clearTimeout(timer);
  }, [state]);
  return {
    state,
    copy: (text) => {
      navigator.clipboard.writeText(text).then(
        () => setState('copied'),
        () => setState('failed'),
      );
    },
  };
}
