"""Two versions side by side: only a difference beyond chance has an interval that leaves zero out."""

from __future__ import annotations

import pytest

from minshi_train.compare import bootstrap_difference, micro_f1


def test_micro_f1_sums_over_documents():
    assert micro_f1([(1, 2, 1), (1, 1, 2)]) == pytest.approx(2 * 2 / (3 + 3))
    assert micro_f1([(0, 0, 0)]) == 0.0


def test_the_same_counts_differ_by_nothing():
    counts = [(n % 3, 3, 3) for n in range(50)]
    assert bootstrap_difference(counts, counts, seed=1) == (0.0, 0.0)


def test_a_clear_gain_excludes_zero_and_an_even_match_does_not():
    worse = [(1, 3, 3)] * 40
    better = [(2, 3, 3)] * 40
    low, high = bootstrap_difference(worse, better, seed=1)
    assert 0 < low <= high
    mixed_a, mixed_b = [(3, 3, 3), (0, 3, 3)] * 20, [(0, 3, 3), (3, 3, 3)] * 20
    low, high = bootstrap_difference(mixed_a, mixed_b, seed=1)
    assert low < 0 < high
