"""Correct p-values for the number of contrasts that are looked at together."""

from collections.abc import Sequence
from itertools import accumulate


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the step-down adjusted p-values of one family, in the order given.

    Calling a contrast different where its adjusted value is below alpha makes a wrong call anywhere in the family with
    at most probability alpha, however the contrasts depend on each other; those of a group share their baseline's
    blocks, so methods that assume independence are out. The i-th smallest of m values is multiplied by m - i + 1, and
    no value falls below a smaller one's (Holm, Scandinavian Journal of Statistics 6, 1979, 65-70). SciPy has
    no Holm, and statsmodels is a large dependency for four lines.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    scaled = (min(1.0, p_values[index] * (len(order) - rank)) for rank, index in enumerate(order))
    adjusted = dict(zip(order, accumulate(scaled, max), strict=True))
    return [adjusted[index] for index in range(len(p_values))]
