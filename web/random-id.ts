/** 24 random digits and letters. `crypto.randomUUID` is not there where the console is opened over plain HTTP. */
export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
