"""How sure a share is that was counted: intervals for proportions and for the difference of two.

Sources: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; R. G. Newcombe, Stat. Med. 17 (1998) 873, method 10.
"""

from __future__ import annotations

from math import sqrt
from typing import Final

Z_95: Final = 1.959964  # of the normal distribution: 95 % between -z and z


def wilson(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Return the interval in which the true share lies (by default in 19 of 20 such counts), as fractions.

    >>> low, high = wilson(8, 10)
    >>> f"{low:.3f} {high:.3f}", wilson(0, 0)
    ('0.490 0.943', (0.0, 1.0))
    """
    if trials <= 0:
        return 0.0, 1.0
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(first: tuple[int, int], second: tuple[int, int], z: float = Z_95) -> tuple[float, float]:
    """Return the interval of share(second) - share(first), each (successes, trials): one without 0 is a difference.

    >>> low, high = difference((48, 80), (56, 70))
    >>> f"{low:.3f} {high:.3f}"
    '0.052 0.334'
    """
    (one, of_one), (two, of_two) = first, second
    if not of_one or not of_two:
        return -1.0, 1.0
    p, q = one / of_one, two / of_two
    (p_low, p_high), (q_low, q_high) = wilson(one, of_one, z), wilson(two, of_two, z)
    low = (q - p) - sqrt((q - q_low) ** 2 + (p_high - p) ** 2)
    high = (q - p) + sqrt((q_high - q) ** 2 + (p - p_low) ** 2)
    return low, high
