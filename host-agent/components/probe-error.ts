/** A probe failed; the message is what people are shown. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
}
