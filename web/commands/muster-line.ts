import { shellQuote } from './buf-curl.ts';

/** Where the command line looks when it is told nothing else. */
const defaultServer = 'http://127.0.0.1:7080';

type Words = readonly (string | readonly string[])[];

/** Makes `npx muster …` lines for a console that was loaded from `origin`. */
export const musterLine =
  (origin: string) =>
  (...words: Words): string =>
    ['npx', 'muster', ...words.flat(), ...(origin === defaultServer ? [] : ['--server', origin])].join(' ');

/** An option with its value, quoted for a shell; nothing without a value. */
export const option = (name: string, value: string | undefined): string[] =>
  value === undefined || value === '' ? [] : [`--${name}`, shellQuote(value)];

/** An option for each pair of a map. */
export const pairs = (name: string, map: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries(map).flatMap(([key, value]) => option(name, `${key}=${value}`));
