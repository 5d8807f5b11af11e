from __future__ import annotations

import numpy as np

from minshi_train.rounding import round_products


def _case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(400, 6))
    inputs = hidden @ rng.normal(size=(6, 24)) + 0.1 * rng.normal(size=(400, 24))  # channels that go together, as activations do
    weight = rng.normal(size=(24, 10))
    return inputs, weight, np.abs(weight).max(axis=0) / 7


def test_products_change_less_than_by_rounding_each_entry() -> None:
    for seed in range(5):
        inputs, weight, scales = _case(seed)
        rounded = round_products(weight, scales, inputs.T @ inputs, low=-7, high=7)
        nearest = np.rint(weight / scales)
        assert rounded.dtype == np.int8
        assert np.abs(rounded).max() <= 7
        error, plain = (np.square(inputs @ (integers * scales - weight)).mean() for integers in (rounded, nearest))
        assert error < 0.5 * plain


def test_inputs_that_do_not_go_together_are_rounded_to_the_nearest() -> None:
    _, weight, scales = _case(0)
    assert np.array_equal(round_products(weight, scales, np.eye(24), low=-7, high=7), np.rint(weight / scales))


def test_a_channel_that_is_never_used_does_no_harm() -> None:
    inputs, weight, scales = _case(1)
    inputs[:, 3] = 0
    rounded = round_products(weight, scales, inputs.T @ inputs, low=-7, high=7)
    assert np.isfinite(inputs @ (rounded * scales)).all()
