import type { Config } from '../../config.ts';

interface Named {
  /** The group's name, a dot, its own: `mail.from_address`. */
  readonly name: string;
  readonly label: string;
  /** What it is for, in a sentence. */
  readonly help: string;
  readonly placeholder?: string;
  /** It counts only where that other setting has that value. */
  readonly shownWhen?: { readonly name: string; readonly value: string };
}

/** A setting that can be read back. */
export interface PlainField extends Named {
  readonly kind: 'text' | 'email' | 'host' | 'url' | 'port' | 'amount' | 'choice';
  /** What holds where nothing was saved. */
  readonly fallback: (config: Config) => string;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
}

/** A secret. */
export interface SecretField extends Named {
  readonly kind: 'secret';
  /** A token is one word of printable ASCII, as headers carry it; a password is any text. */
  readonly shape: 'token' | 'password';
  /** Settings that say where it is sent. It is for that address alone: whoever changes one of them enters it anew. */
  readonly sentTo: readonly string[];
}

export type Field = PlainField | SecretField;

/** Settings that belong together. */
export interface Group {
  readonly name: string;
  readonly title: string;
  readonly section: string;
  readonly help: string;
  readonly fields: readonly Field[];
  /** What trying it out is called, where it can be. */
  readonly test?: { readonly label: string; readonly takesRecipient: boolean };
}
