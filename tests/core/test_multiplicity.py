"""Tests of Holm's correction."""

from itertools import combinations

import numpy as np
import pytest

from bench.core.multiplicity import holm


def closed_bonferroni(p_values: list[float]) -> list[float]:
    """Return what Holm is by definition: the closed test of Bonferroni over every subset, computed by brute force."""
    indices = range(len(p_values))
    subsets = [subset for size in indices for subset in combinations(indices, size + 1)]
    tests = {subset: min(1.0, len(subset) * min(p_values[index] for index in subset)) for subset in subsets}
    return [max(p for subset, p in tests.items() if index in subset) for index in indices]


def test_holm_agrees_with_the_textbook_example() -> None:
    """0.01, 0.04, 0.03, 0.005 at 5 %: the first and the last are rejected, by 3 times 0.01 and 4 times 0.005."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("contrasts", [1, 2, 5, 7])
def test_holm_is_the_closure_of_bonferroni(contrasts: int) -> None:
    """For random families, ties among them, it gives what testing every subset gives."""
    rng = np.random.default_rng(contrasts)
    for _ in range(20):
        p_values = np.round(rng.random(contrasts) ** 3, 2).tolist()
        assert holm(p_values) == pytest.approx(closed_bonferroni(p_values))


def test_holm_never_exceeds_one_nor_lowers_a_value() -> None:
    """Adjusted values remain probabilities and are only ever larger."""
    assert holm([0.6, 0.9, 1.0]) == [1.0, 1.0, 1.0]
    assert holm([0.2]) == [0.2]


def test_holm_of_no_contrast_is_empty() -> None:
    """A group with its A/A twin alone has a family of none."""
    assert holm([]) == []
