import type { ServiceImpl } from '@connectrpc/connect';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { PasskeyPurpose, type AuthService } from '#proto/muster/v1/auth_pb.js';
import { authorize, userOf, type Action, type UserCaller } from '../access/index.ts';
import type { Context } from '../context.ts';
import { invalidField } from '../errors.ts';
import {
  changeRule,
  countFactors,
  findDemand,
  findRule,
  listPasskeys,
  relyingPartyOf,
} from '../second-factor/index.ts';
import { requestContext } from '../server/request-context.ts';
import { completeLogIn, type Factor } from './complete-log-in.ts';
import { browserUser, confirmCaller, type ConfirmProof } from './confirm.ts';
import { addPasskey, mostPasskeys, removePasskey, renewRecoveryCodes } from './passkeys.ts';
import { resetSecondFactor } from './reset-second-factor.ts';
import { clearPendingCookie, requireSafeTransport } from './session-cookie.ts';
import { handOver } from './sign-in-answer.ts';
import { startPasskey } from './start-passkey.ts';
import { callerToProto, demandToProto, passkeyToProto } from './to-proto.ts';

type Methods =
  | 'completeLogIn'
  | 'startPasskey'
  | 'registerPasskey'
  | 'listPasskeys'
  | 'deletePasskey'
  | 'createRecoveryCodes'
  | 'confirmCaller'
  | 'resetSecondFactor'
  | 'getSecondFactorRule'
  | 'setSecondFactorRule';

const purposes = {
  [PasskeyPurpose.LOG_IN]: 'log_in',
  [PasskeyPurpose.REGISTER]: 'register',
  [PasskeyPurpose.CONFIRM]: 'confirm',
} as const;

/** The part of AuthService that is about the second factor. */
export const secondFactorMethods: Pick<ServiceImpl<typeof AuthService>, Methods> = {
  async completeLogIn({ factor }, handler) {
    const context = handler.values.get(requestContext);
    authorize(context.caller, 'session.create');
    requireSafeTransport(context);
    const { session, recoveryCodesLeft } = await completeLogIn(
      context,
      handler.requestHeader.get('cookie'),
      factorFrom(factor),
    );
    const caller = await handOver(context, session, handler);
    handler.responseHeader.append('set-cookie', clearPendingCookie(context.publicUrl));
    return { caller: callerToProto(caller), recoveryCodesLeft };
  },

  async startPasskey({ purpose }, { values, requestHeader }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'second_factor.prove');
    if (purpose === PasskeyPurpose.UNSPECIFIED) throw invalidField('purpose', 'purpose must be set.');
    const { optionsJson, origin } = await startPasskey(context, purposes[purpose], requestHeader.get('cookie'));
    return { optionsJson, passkeyOrigin: origin };
  },

  async registerPasskey(request, { values }) {
    const context = values.get(requestContext);
    requireSafeTransport(context);
    const { passkey, recoveryCodes } = await addPasskey(context, atBrowser(context, 'second_factor.manage'), request);
    return { passkey: passkeyToProto(passkey), recoveryCodes: recoveryCodes.map((code) => code.reveal()) };
  },

  async listPasskeys(_request, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'second_factor.read');
    const { userId } = userOf(context.caller);
    const passkeys = await listPasskeys(context.sql, userId);
    const { recoveryCodes } = await countFactors(context.sql, userId);
    return {
      passkeys: passkeys.map(passkeyToProto),
      recoveryCodesLeft: recoveryCodes,
      requiredBy: demandToProto(await findDemand(context.sql, userId)),
      passkeyOrigin: relyingPartyOf(context.publicUrl)?.origin ?? '',
      mostPasskeys,
    };
  },

  async deletePasskey({ passkeyId }, { values }) {
    const context = values.get(requestContext);
    await removePasskey(context, atBrowser(context, 'second_factor.manage'), passkeyId);
    return {};
  },

  async createRecoveryCodes(_request, { values }) {
    const context = values.get(requestContext);
    requireSafeTransport(context);
    const codes = await renewRecoveryCodes(context, atBrowser(context, 'second_factor.manage'));
    return { recoveryCodes: codes.map((code) => code.reveal()) };
  },

  async confirmCaller({ proof }, { values }) {
    const context = values.get(requestContext);
    requireSafeTransport(context);
    const until = await confirmCaller(context, atBrowser(context, 'caller.confirm'), proofFrom(proof));
    return { confirmedUntil: timestampFromDate(until) };
  },

  async resetSecondFactor(request, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'second_factor.reset');
    return { removedPasskeys: await resetSecondFactor(context, userOf(context.caller), request) };
  },

  async getSecondFactorRule(_request, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'second_factor.require');
    return findRule(context.sql);
  },

  async setSecondFactorRule({ required }, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'second_factor.require');
    return changeRule(context, userOf(context.caller), required);
  },
};

/** The user at a browser, allowed to do this. */
function atBrowser({ caller }: Context, action: Action): UserCaller {
  authorize(caller, action);
  return browserUser(caller);
}

/** The contract requires one of them. */
function factorFrom(
  factor: { case: 'passkeyResponseJson' | 'recoveryCode'; value: string } | { case: undefined },
): Factor {
  switch (factor.case) {
    case 'passkeyResponseJson':
      return { how: 'passkey', responseJson: factor.value };
    case 'recoveryCode':
      return { how: 'recovery_code', code: factor.value };
    case undefined:
      throw invalidField('factor', 'factor must be set.');
  }
}

function proofFrom(
  proof: { case: 'password' | 'passkeyResponseJson'; value: string } | { case: undefined },
): ConfirmProof {
  switch (proof.case) {
    case 'password':
      return { how: 'password', password: proof.value };
    case 'passkeyResponseJson':
      return { how: 'passkey', responseJson: proof.value };
    case undefined:
      throw invalidField('proof', 'proof must be set.');
  }
}
