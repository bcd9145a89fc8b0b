import { useEffect, useRef } from 'react';
import type { Host } from '#proto/muster/v1/host_pb.js';

/** Asks again whenever the host's stream speaks of it: with a heartbeat, when its sandboxes change, when somebody changes it. */
export function useAlongHost(host: Host, askAgain: () => void): void {
  const heard = useRef(host);
  useEffect(() => {
    if (heard.current === host) return;
    heard.current = host;
    askAgain();
  }, [host, askAgain]);
}
