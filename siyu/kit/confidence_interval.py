"""What a sample says of the whole: Wilson's score interval.

E. B. Wilson, JASA 22 (1927) 209-212.
"""

from math import sqrt

Z_95 = 1.959964
"""Standard deviations that hold 95 % of a normal distribution between them."""


def wilson(share: float, size: int, narrowing: float = 1.0) -> tuple[float, float]:
    """The 95 % interval of a share that was found in a sample of `size`; `narrowing` shortens it on both sides."""
    z2 = Z_95 * Z_95
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = narrowing * Z_95 * sqrt(share * (1 - share) / size + z2 / (4 * size**2)) / (1 + z2 / size)
    return middle - half, middle + half


def share_interval(inside: int, looked_at: int, total: int) -> tuple[int, int, int]:
    """(likely number, least, most) of `total` members when `inside` of `looked_at` chosen by chance are in.

    The bounds are Wilson's score interval at 95 %, narrowed for what has been looked at already (the finite population
    correction: W. G. Cochran, Sampling Techniques, 3rd ed., 2.1), and never tell less than was counted.
    """
    if looked_at == 0:
        return 0, 0, total
    share = inside / looked_at
    low, high = wilson(share, looked_at, sqrt(max(0.0, (total - looked_at) / max(1, total - 1))))
    return round(total * share), max(inside, int(total * low)), min(total - (looked_at - inside), int(total * high) + 1)
