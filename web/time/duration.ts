/** A length of time as requests carry it. */
export const durationOf = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });
