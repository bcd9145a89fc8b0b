/** A link in a sentence: told from the words around it by more than its colour. */
export const inlineLinkClasses = 'text-link underline decoration-1 underline-offset-2 hover:decoration-2';
