import { tokenPattern } from '#contract/token.ts';

/** A text in which no secret may stand. */
export interface Text {
  readonly name: string;
  readonly text: string;
}

/** A secret that was found where it may not be. */
export interface Leak {
  readonly secret: string;
  readonly where: string;
  /** As it is, or in which disguise. */
  readonly form: string;
}

interface Minted {
  readonly name: string;
  readonly forms: ReadonlyMap<string, string>;
  /** How many answers had come when it was minted, the one that showed it among them. */
  readonly shownBy: number;
}

const anyJwt = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g;
const anyPrivateKey = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g;

/** Every secret of a run, and every answer that came, in their order. */
export class Ledger {
  readonly #minted = new Map<string, Minted>();
  readonly #answers: { readonly name: string; text: string }[] = [];

  /** Writes down a secret: one that the last answer showed, that a mail brought, or that somebody chose. */
  mint(name: string, secret: string): string {
    if (secret.length < 12) throw new Error(`${name} is too short to be looked for.`);
    if (!this.#minted.has(secret)) {
      const forms = formsOf(secretPart(secret));
      this.#minted.set(secret, { name, forms, shownBy: this.#answers.length });
    }
    return secret;
  }

  /** Writes down every token, JWT and private key that stands in a text. */
  mintAllIn(name: string, text: string): void {
    for (const pattern of [tokenPattern, anyJwt, anyPrivateKey])
      for (const [secret] of text.matchAll(pattern)) this.mint(name, secret);
  }

  /** Writes down an answer, of which more may come. */
  answer(name: string): (more: string) => void {
    const answer = { name, text: '' };
    this.#answers.push(answer);
    return (more) => void (answer.text += more);
  }

  get names(): readonly string[] {
    return [...this.#minted.values()].map(({ name }) => name);
  }

  get answers(): number {
    return this.#answers.length;
  }

  /** All secrets that stand in any of these texts. */
  leaksIn(texts: readonly Text[]): Leak[] {
    return [...this.#minted.values()].flatMap((minted) => leaks(minted, texts));
  }

  /** All secrets that stand in an answer that came after the one which showed them. */
  leaksInAnswers(): Leak[] {
    return [...this.#minted.values()].flatMap((minted) => leaks(minted, this.#answers.slice(minted.shownBy)));
  }
}

function leaks({ name, forms }: Minted, texts: readonly Text[]): Leak[] {
  return texts.flatMap((text) =>
    [...forms].flatMap(([form, needle]) =>
      text.text.includes(needle) ? [{ secret: name, where: text.name, form }] : [],
    ),
  );
}

/** What nobody may see of it: a token's kind and id are public, a JWT's claims are no secret without its signature. */
function secretPart(secret: string): string {
  if (/^mst_[a-z]+_\w{12}_/.test(secret)) return secret.split('_')[3]!;
  if (secret.startsWith('eyJ')) return secret.split('.')[2]!;
  if (secret.startsWith('-----BEGIN')) return secret.split('\n').slice(1, -1).join('').trim();
  return secret;
}

/** The forms in which a secret may stand in a text: as it is, escaped, as the bytes of a column, in base64 from any offset. */
function formsOf(secret: string): ReadonlyMap<string, string> {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    // The first and last characters depend on what stands beside it.
    return whole.slice(offset === 0 ? 0 : offset + 1, -2);
  });
  const forms = [
    ['as it is', secret],
    ['escaped for a URL', encodeURIComponent(secret)],
    ['escaped for JSON', JSON.stringify(secret).slice(1, -1)],
    ['in hex', bytes.toString('hex')],
    ...base64.map((text, offset) => [`in base64, offset ${offset}`, text] as const),
    ...base64.map(
      (text, offset) =>
        [`in base64 for URLs, offset ${offset}`, text.replaceAll('+', '-').replaceAll('/', '_')] as const,
    ),
  ] as const;
  return new Map(forms.filter(([, text], index) => forms.findIndex((form) => form[1] === text) === index));
}
