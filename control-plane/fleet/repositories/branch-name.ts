/** Whether git takes this as a branch's name, beyond the characters that the contract allows. */
export function isBranchName(name: string): boolean {
  const parts = name.split('/');
  return (
    !name.includes('..') &&
    !name.endsWith('.') &&
    parts.every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
  );
}
