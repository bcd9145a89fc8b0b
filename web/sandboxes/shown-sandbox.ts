import { createContext, useContext } from 'react';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import type { Phase } from '../live/follow.ts';

export interface ShownSandbox {
  readonly sandbox: Sandbox;
  readonly phase: Phase;
}

export const ShownSandboxContext = createContext<ShownSandbox | undefined>(undefined);

/** The sandbox whose page this is. Only inside its views. */
export function useShownSandbox(): ShownSandbox {
  const shown = useContext(ShownSandboxContext);
  if (shown === undefined) throw new Error('This component must stand inside the ShownSandboxContext.');
  return shown;
}
