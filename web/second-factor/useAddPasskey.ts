import { useMutation } from '@connectrpc/connect-query';
import { AuthService, PasskeyPurpose } from '#proto/muster/v1/auth_pb.js';
import { usePasskey } from './usePasskey.ts';

/** Makes a passkey and adds it to the account. Answers the recovery codes that come with the first one. */
export function useAddPasskey(): (name: string) => Promise<readonly string[]> {
  const passkey = usePasskey();
  const register = useMutation(AuthService.method.registerPasskey);
  return async (name) => {
    const responseJson = await passkey(PasskeyPurpose.REGISTER);
    const { recoveryCodes } = await register.mutateAsync({ name: name.trim(), responseJson });
    return recoveryCodes;
  };
}
