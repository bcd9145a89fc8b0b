/** The form of an address under which there is one account: however it was typed, it is the same person. */
export const emailKey = (email: string): string => email.trim().normalize('NFKC').toLowerCase();
