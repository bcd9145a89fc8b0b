/** What a command line ends with. Scripts decide by these. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  signInNeeded: 3,
  notAllowed: 4,
  notFound: 5,
  conflict: 6,
  exhausted: 7,
  unavailable: 8,
  /** Of `rollouts create --watch` and `rollouts watch`: it succeeded, but something was left out or failed. */
  notEverywhere: 9,
  /** Of `sandboxes run`, whose other codes are the command's own, and of `fleet assert`, whose other codes are answers. */
  runFailed: 125,
  interrupted: 130,
} as const;
