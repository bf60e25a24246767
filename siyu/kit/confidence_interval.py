"""What a sample says of the whole."""

from math import sqrt

Z = 1.959964
"""Standard deviations that hold 95 % of a normal distribution between them."""


def share_interval(inside: int, looked_at: int, total: int) -> tuple[int, int, int]:
    """(likely number, least, most) of `total` members when `inside` of `looked_at` chosen by chance are in.

    The bounds are Wilson's score interval at 95 %, narrowed for what has been looked at already (the finite population
    correction), and never tell less than was counted. E. B. Wilson, JASA 22 (1927) 209-212; W. G. Cochran, Sampling
    Techniques, 3rd ed., 2.1.
    """
    if looked_at == 0:
        return 0, 0, total
    share, n = inside / looked_at, looked_at
    left = sqrt(max(0.0, (total - n) / max(1, total - 1)))
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * left * sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    low, high = total * (middle - half), total * (middle + half)
    return round(total * share), max(inside, int(low)), min(total - (n - inside), int(high) + 1)
