/** An event of a stream is larger than any that a model sends. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
}

const mostBytes = 4 * 1024 * 1024;

/** Cuts a stream of server-sent events where one ends, and changes no byte of it. */
export interface EventCutter {
  /** The events that are whole now, each with the blank line at its end. */
  add(chunk: Buffer): readonly Buffer[];
  /** What came after the last blank line. */
  rest(): Buffer;
}

export function cutEvents(): EventCutter {
  let held: Buffer = Buffer.alloc(0);
  /** Up to here, no event ends. */
  let looked = 0;
  return {
    add(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const events: Buffer[] = [];
      for (let end = endOfEvent(held, looked); end !== -1; end = endOfEvent(held, 0)) {
        events.push(held.subarray(0, end));
        held = held.subarray(end);
        looked = 0;
      }
      if (held.length > mostBytes) throw new EventTooLarge('An event of the stream does not end.');
      // A blank line may be cut in two.
      looked = Math.max(0, held.length - 3);
      return events;
    },
    rest: () => held,
  };
}

/** Where the first event ends, with its blank line; -1 where none does. */
function endOfEvent(bytes: Buffer, from: number): number {
  const ends = ['\n\n', '\r\n\r\n', '\r\r'].flatMap((blank) => {
    const at = bytes.indexOf(blank, from, 'latin1');
    return at === -1 ? [] : [at + blank.length];
  });
  return ends.length === 0 ? -1 : Math.min(...ends);
}

/** The data of an event: its lines that begin so, put together. Undefined for one that has none, such as a comment. */
export function dataOf(event: Buffer): string | undefined {
  const lines = event.toString().split(/\r\n|\n|\r/);
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, ''));
  return data.length === 0 ? undefined : data.join('\n');
}
