import { timestampMs } from '@bufbuild/protobuf/wkt';
import { MoonStar } from 'lucide-react';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { StatusPill } from '../parts/Status.tsx';
import { Tip } from '../parts/Tip.tsx';
import { roughLength } from '../time/relative.ts';
import { useTime } from '../time/useTime.ts';

/** Says since when the work in a sandbox is silent; nothing where it is not. */
export function SilentMark({ sandbox: { silentSince } }: { sandbox: Sandbox }) {
  const ms = silentSince && timestampMs(silentSince);
  const length = useTime((now) => (ms === undefined ? '' : roughLength(Math.max(0, now - ms))));
  if (ms === undefined) return null;
  return (
    <Tip
      hint={`Nothing has happened in it for ${length}, though work is meant to go on. It is left alone: look whether it hangs.`}
    >
      <span tabIndex={0} className="relative z-1 rounded-tag">
        <StatusPill look={{ tone: 'attention', word: `Silent for ${length}`, icon: MoonStar }} />
      </span>
    </Tip>
  );
}
