/** What a browser said instead of handing a passkey over, in words for the person. Undefined for what it did not say. */
export function passkeyProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // The library keeps the browser's own names.
  switch (error.name) {
    case 'NotAllowedError':
    case 'AbortError':
      return 'No passkey was given, or it took too long. Try again.';
    case 'InvalidStateError':
      return 'This device or key holds a passkey of your account already.';
    case 'NotSupportedError':
    case 'ConstraintError':
      return 'This device or key makes no passkeys of a kind that can be used here. Try another one.';
    case 'SecurityError':
      return 'The browser allows no passkeys at this address.';
    default:
      return undefined;
  }
}
