/** Where the baseline's containers stand, below the root of every hierarchy. */
export const baselineCgroup = '/muster-bench';
