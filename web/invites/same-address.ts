/** Whether two addresses are of one account, as the server compares them: without case. */
export const sameAddress = (one: string, other: string): boolean => keyOf(one) === keyOf(other);

const keyOf = (address: string): string => address.trim().normalize('NFKC').toLowerCase();
