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


def round_products(weight: NDArray[Any], scales: NDArray[Any], gram: NDArray[Any], *, low: int, high: int) -> NDArray[np.int8]:
    """Return int8 [in, out] whose product with `scales` [out] stands for `weight` [in, out].

    Args:
        gram: X^T X of typical inputs X [N, in], [in, in].
        low: least integer; `high` is the greatest.
    """
    order = np.argsort(
        -gram.diagonal(), kind="stable"
    )  # the rows that matter most are rounded while all others can still make it good
    left = weight[order].astype(np.float64)
    damped = gram[np.ix_(order, order)].astype(np.float64)
    damped[np.diag_indices_from(damped)] += _DAMPING * damped.diagonal().mean() + 1e-12
    upper = np.linalg.cholesky(np.linalg.inv(damped)).T
    rounded = np.empty(weight.shape, dtype=np.int8)
    for row, place in enumerate(order):
        integers = np.clip(np.rint(left[row] / scales), low, high)
        rounded[place] = integers
        error = (left[row] - integers * scales) / upper[row, row]
        left[row + 1 :] -= upper[row, row + 1 :, None] * error
    return rounded
