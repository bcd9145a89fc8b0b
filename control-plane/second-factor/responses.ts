import { z } from 'zod';

const transportNames = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const;
type TransportName = (typeof transportNames)[number];

/** Those that the present libraries know; authenticators may name others. */
export const transportsFrom = (names: readonly string[]): TransportName[] =>
  transportNames.filter((name) => names.includes(name));

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);
const transports = z
  .array(z.string())
  .optional()
  .transform((names) => transportsFrom(names ?? []));
const common = { id: base64url, rawId: base64url, type: z.literal('public-key') };
// What extensions answer is never asked for, so it is left out.
const noExtensions = z.unknown().transform(() => ({}));

const attestation = z.object({
  ...common,
  response: z.object({ clientDataJSON: base64url, attestationObject: base64url, transports }),
  clientExtensionResults: noExtensions,
});

const assertion = z.object({
  ...common,
  response: z.object({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url }),
  clientExtensionResults: noExtensions,
});

/** What a browser says of a passkey that it made. Undefined for anything of another form. */
export const readAttestation = (json: string) => read(attestation, json);

/** What a browser says of a passkey that it used. Undefined for anything of another form. */
export const readAssertion = (json: string) => read(assertion, json);

function read<T>(schema: z.ZodType<T>, json: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
