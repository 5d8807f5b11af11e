"""Round a weight matrix to integers so that its products, not its entries, stay as they were.

Rounding each entry to the nearest integer adds up errors where inputs go together. Here the rows are rounded one after the
other, and what one row's rounding does to the products is made good by the rows that are still to come (GPTQ, Frantar et al.
2023, arXiv:2210.17323).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_DAMPING = 0.01  # of the mean diagonal, added to it: inputs that never vary would make the matrix singular
_GROUP = 4  # rows of a weight that processors multiply at once
_PAIR = 128  # 255 * 128 is the greatest sum of two products u8 x s8 that 16 bits hold


def scales_of(weight: NDArray[Any], *, saturates: bool) -> NDArray[np.float32]:
    """Return what one step of int8 stands for in each column of `weight` [in, out], [out].

    Processors without VNNI add two neighbouring products in 16 bits. Where that `saturates`, the two greatest of each four
    rows must not add up to more than 128, nor the two least to less than -128. That costs far less than seven bits for
    every weight: large weights are rarely neighbours of the same sign.
    """
    scales: NDArray[Any] = np.abs(weight).max(axis=0) / 127
    if saturates:
        groups = np.pad(weight, ((0, -len(weight) % _GROUP), (0, 0))).reshape(-1, _GROUP, weight.shape[1])
        ordered = np.sort(groups, axis=1)
        above = ordered[:, 2:].clip(min=0).sum(axis=1).max(axis=0)
        below = -ordered[:, :2].clip(max=0).sum(axis=1).min(axis=0)
        scales = np.maximum(scales, np.maximum(above, below) / _PAIR)
    return scales.clip(min=np.finfo(np.float32).tiny).astype(np.float32)


def round_products(weight: NDArray[Any], scales: NDArray[Any], gram: NDArray[Any], *, saturates: bool) -> NDArray[np.int8]:
    """Return int8 [in, out] whose product with `scales` [out] stands for `weight` [in, out].

    Args:
        gram: X^T X of typical inputs X [N, in], [in, in].
        saturates: keep the sums of any two of four rows between -128 and 128, see `scales_of`.
    """
    # the rows that matter most are rounded while all others can still make it good
    order = np.argsort(-gram.diagonal(), kind="stable")
    left = weight[order].astype(np.float64)
    damped = gram[np.ix_(order, order)].astype(np.float64)
    damped[np.diag_indices_from(damped)] += _DAMPING * damped.diagonal().mean() + 1e-12
    upper = np.linalg.cholesky(np.linalg.inv(damped)).T
    rounded = np.zeros(weight.shape, dtype=np.int8)
    for row, place in enumerate(order):
        low, high = np.int64(-127), np.int64(127)
        if saturates:
            first = place - place % _GROUP
            others = rounded[first : first + _GROUP].astype(np.int64)  # 0 where the row's turn is still to come
            low, high = np.maximum(low, -_PAIR - others.min(axis=0)), np.minimum(high, _PAIR - others.max(axis=0))
        integers = np.clip(np.rint(left[row] / scales), low, high)
        rounded[place] = integers
        error = (left[row] - integers * scales) / upper[row, row]
        left[row + 1 :] -= upper[row, row + 1 :, None] * error
    return rounded
