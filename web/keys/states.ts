import { CircleCheck, CircleSlash, Hourglass, TimerOff, UserX } from 'lucide-react';
import { KeyState, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import type { StatusLook } from '../parts/Status.tsx';
import { endingOf } from '../credentials/expiry.ts';

/** What lists tell apart; a key that ends soon is one that works. */
export const keyStates = {
  works: { tone: 'good', word: 'Works', icon: CircleCheck },
  soon: { tone: 'attention', word: 'Ends soon', icon: Hourglass },
  orphaned: { tone: 'wrong', word: 'Maker left', icon: UserX },
  expired: { tone: 'idle', word: 'Expired', icon: TimerOff },
  revoked: { tone: 'idle', word: 'Revoked', icon: CircleSlash },
} as const satisfies Record<string, StatusLook>;

export type KeyStateWord = keyof typeof keyStates;
export const keyStateWords = Object.keys(keyStates) as KeyStateWord[]; // the table's own keys

/** The state of a key at this moment. */
export function keyStateOf({ state, expiresAt }: ApiKey, nowMs: number): KeyStateWord {
  switch (state) {
    case KeyState.REVOKED:
      return 'revoked';
    case KeyState.ORPHANED:
      return 'orphaned';
    case KeyState.EXPIRED:
      return 'expired';
    default: {
      const ending = endingOf(expiresAt, nowMs);
      return ending === 'over' ? 'expired' : ending === 'soon' ? 'soon' : 'works';
    }
  }
}
