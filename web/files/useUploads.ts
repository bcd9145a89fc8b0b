import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Upload, Uploads } from './uploads.ts';

export const UploadsContext = createContext<Uploads | undefined>(undefined);

/** The uploads into a sandbox from this console. */
export function useUploads(sandboxId: string): { uploads: readonly Upload[]; queue: Uploads } {
  const queue = useContext(UploadsContext);
  if (queue === undefined) throw new Error('This component must stand inside the UploadsContext.');
  return { queue, uploads: useSyncExternalStore(queue.subscribe, () => queue.of(sandboxId)) };
}
