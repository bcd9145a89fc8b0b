import { useMutation } from '@connectrpc/connect-query';
import {
  startAuthentication,
  startRegistration,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import { AuthService, PasskeyPurpose } from '#proto/muster/v1/auth_pb.js';

/** Has the browser make or use a passkey, with a fresh challenge each time. Answers what the server takes, as JSON. */
export function usePasskey(): (purpose: PasskeyPurpose) => Promise<string> {
  const start = useMutation(AuthService.method.startPasskey);
  return async (purpose) => {
    const { optionsJson } = await start.mutateAsync({ purpose });
    // The server's options are made for exactly these two.
    const options: unknown = JSON.parse(optionsJson);
    const answer =
      purpose === PasskeyPurpose.REGISTER
        ? await startRegistration({ optionsJSON: options as PublicKeyCredentialCreationOptionsJSON })
        : await startAuthentication({ optionsJSON: options as PublicKeyCredentialRequestOptionsJSON });
    return JSON.stringify(answer);
  };
}
