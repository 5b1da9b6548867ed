const Z95 = 1.959963984540054;

export interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A share with its 95 % interval by Wilson's score (Wilson 1927, Journal of the American Statistical Association 22),
 * which holds for few trials and for shares of 0 and 1 too. Null without trials.
 */
export function wilson(successes: number, trials: number): Proportion | null {
  if (trials <= 0) return null;
  const share = successes / trials;
  const square = Z95 ** 2 / trials;
  const middle = (share + square / 2) / (1 + square);
  const margin = (Z95 * Math.sqrt((share * (1 - share)) / trials + square / trials / 4)) / (1 + square);
  return {
    value: share,
    // Exactly 0 and 1 at the ends, whatever rounding makes of them.
    low: successes === 0 ? 0 : Math.max(0, middle - margin),
    high: successes === trials ? 1 : Math.min(1, middle + margin),
  };
}

/**
 * The exact two-sided sign test: how probable it is that chance alone (a fair coin) parts wins and losses at least as
 * unevenly. Ties are left out, as usual. Null when nothing was won or lost.
 */
export function signTest(wins: number, losses: number): number | null {
  const trials = wins + losses;
  if (trials === 0) return null;
  const fewer = Math.min(wins, losses);
  // Logarithms: the binomial coefficients of a thousand trials are no longer numbers that a computer knows.
  let coefficient = 0;
  let tail = 0;
  for (let at = 0; at <= fewer; at++) {
    tail += Math.exp(coefficient - trials * Math.LN2);
    coefficient += Math.log((trials - at) / (at + 1));
  }
  return Math.min(1, 2 * tail);
}
