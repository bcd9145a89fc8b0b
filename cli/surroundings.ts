/** Where text goes. `isTTY` tells whether a person reads along. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
}

/** Where text comes from. A terminal or /dev/null has nothing to say: only what is piped is read to its end. */
export interface Input extends AsyncIterable<Uint8Array> {
  readonly isPiped: boolean;
}

/** The terminal of a person, where both input and output are one. */
export interface Terminal {
  size(): { readonly cols: number; readonly rows: number };
  /** Calls the listener after every change of the size. Answers how to stop that. */
  onResize(listener: () => void): () => void;
  /** Hands every key over as it is, Ctrl-C included. Answers how to go back. */
  enterRaw(): () => void;
  /** The keys that were typed since. Leaving the iteration leaves the terminal to others. */
  keys(): AsyncIterable<Uint8Array>;
}

/** What a command may touch. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly terminal?: Terminal | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Writes and waits until it is taken: a slow reader slows us down instead of filling our memory. */
export function write(output: Output, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
