import type { Services } from '../context.ts';

/** For a while after this replica started, or was cut off, nobody's silence means anything: it may have been ours. */
export interface Grace {
  readonly lasts: boolean;
  /** It was cut off: the while begins anew. A loop's `cutOff`. */
  begin(): void;
}

export function openGrace({ config, clock }: Pick<Services, 'config' | 'clock'>): Grace {
  let until = clock.now() + config.startupGraceMs;
  return {
    get lasts() {
      return clock.now() < until;
    },
    begin: () => void (until = clock.now() + config.startupGraceMs),
  };
}
