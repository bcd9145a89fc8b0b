import { useEffect, useRef, useState, type RefObject } from 'react';

/** So many are drawn at first, and more of them whenever the end comes near. */
const step = 20;
const nearby = '1200px';

/** How many of a long list are drawn: more as one comes near its end, all of them to print. Put the answered ref on what stands behind the last. */
export function useGrowing(total: number): { readonly shown: number; readonly end: RefObject<HTMLDivElement | null> } {
  const [shown, setShown] = useState(step);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = end.current;
    if (element === null || shown >= total) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setShown((before) => before + step),
      { rootMargin: nearby },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [shown, total]);
  useEffect(() => {
    const all = () => setShown(Infinity);
    window.addEventListener('beforeprint', all);
    return () => window.removeEventListener('beforeprint', all);
  }, []);
  return { shown: Math.min(shown, total), end };
}
