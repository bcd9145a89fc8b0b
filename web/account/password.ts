const shortest = 12;

/** What can be seen to be wrong with a new password. */
export function passwordError(password: string): string | undefined {
  if (password === '') return 'Choose a password.';
  const missing = shortest - Array.from(password).length;
  if (missing > 0) return `At least ${shortest} characters, so ${missing} more.`;
  return undefined;
}
