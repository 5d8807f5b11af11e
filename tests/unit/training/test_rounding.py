from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minshi_train.rounding import round_products, scales_of


def _case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return inputs whose channels go together, as those of activations do, a weight, and steps too coarse for it."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(400, 6))
    inputs = hidden @ rng.normal(size=(6, 24)) + 0.1 * rng.normal(size=(400, 24))
    weight = rng.normal(size=(24, 10))
    return inputs, weight, np.abs(weight).max(axis=0) / 7


def test_products_change_less_than_by_rounding_each_entry() -> None:
    for seed in range(5):
        inputs, weight, scales = _case(seed)
        rounded = round_products(weight, scales, inputs.T @ inputs, saturates=False)
        nearest = np.rint(weight / scales)
        assert rounded.dtype == np.int8
        error, plain = (np.square(inputs @ (integers * scales - weight)).mean() for integers in (rounded, nearest))
        assert error < 0.5 * plain


def test_inputs_that_do_not_go_together_are_rounded_to_the_nearest() -> None:
    _, weight, scales = _case(0)
    assert np.array_equal(round_products(weight, scales, np.eye(24), saturates=False), np.rint(weight / scales))


def test_a_channel_that_is_never_used_does_no_harm() -> None:
    inputs, weight, scales = _case(1)
    inputs[:, 3] = 0
    rounded = round_products(weight, scales, inputs.T @ inputs, saturates=False)
    assert np.isfinite(inputs @ (rounded * scales)).all()


@given(st.integers(0, 10_000), st.sampled_from([7, 24, 25]), st.booleans())
def test_no_two_products_of_four_neighbours_leave_16_bits(seed: int, rows: int, has_outliers: bool) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(rows, 5))
    if has_outliers:
        weight[rng.integers(rows)] *= 20
    inputs = rng.normal(size=(50, rows))
    rounded = round_products(weight, scales_of(weight, saturates=True), inputs.T @ inputs, saturates=True).astype(int)
    for first in range(0, rows, 4):
        for one, two in itertools.combinations(rounded[first : first + 4], 2):
            worst = 255 * np.maximum(one, 0) + 255 * np.maximum(two, 0), 255 * np.minimum(one, 0) + 255 * np.minimum(two, 0)
            assert worst[0].max() < 2**15
            assert worst[1].min() >= -(2**15)


def test_weights_that_must_not_saturate_keep_more_than_seven_bits() -> None:
    weight = np.random.default_rng(3).normal(size=(384, 64))
    seven_bits = np.abs(weight).max(axis=0) / 64
    assert np.median(scales_of(weight, saturates=True) / seven_bits) < 0.8
    assert np.allclose(scales_of(weight, saturates=False), np.abs(weight).max(axis=0) / 127)
