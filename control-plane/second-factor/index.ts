export { startCeremony, verifyAssertion, verifyAttestation } from './ceremony.ts';
export { removeOldChallenges, type Asker, type PasskeyPurpose } from './challenge-store.ts';
export { demandOf, findDemand } from './demand.ts';
export { replaceRecoveryCodes, spendRecoveryCode } from './recovery-codes.ts';
export { relyingPartyOf } from './relying-party.ts';
export { removeSecondFactor } from './remove.ts';
export { changeRule, requireOwnPasskey } from './rule.ts';
export { findRule } from './rule-store.ts';
export {
  countFactors,
  deletePasskey,
  deleteRecoveryCodes,
  insertPasskey,
  listPasskeys,
  lockSecondFactor,
  recordUse,
  type PasskeyRow,
} from './store.ts';
