import { ExpiryAction } from '#proto/muster/v1/sandbox_pb.js';

/** What becomes of a sandbox when its time is over. */
export const expiryChoices = [
  { value: ExpiryAction.DESTROY, label: 'Destroy it' },
  { value: ExpiryAction.STOP, label: 'Stop it, keep its files' },
  { value: ExpiryAction.PAUSE, label: 'Pause it' },
];

/** The same as a part of a sentence: "is destroyed in 12:05". */
export const expiryVerbs: Readonly<Record<ExpiryAction, string>> = {
  [ExpiryAction.UNSPECIFIED]: 'is destroyed',
  [ExpiryAction.DESTROY]: 'is destroyed',
  [ExpiryAction.STOP]: 'is stopped',
  [ExpiryAction.PAUSE]: 'is paused',
};
