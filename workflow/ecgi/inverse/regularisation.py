"""Linear inverse problems: Tikhonov and truncated SVD, and the choice of their parameter.

Solves min |A x - b|^2 + t |L x|^2 for many right-hand sides b at once. With the substitution y = R x, where
R^T R = L^T L, this is the problem in standard form, min |A R^-1 y - b|^2 + t |y|^2, whose solution the
singular value decomposition A R^-1 = U diag(s) V^T gives for every t (Hansen 1998, Rank-Deficient and
Discrete Ill-Posed Problems, SIAM).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

PARAMETERS = 200  # values of t that are tried, between the squares of the largest and smallest singular value
FLOOR = 1e-4  # least singular value that counts, relative to the largest: what is smaller lies in any noise


class Decomposition(NamedTuple):
    """A problem in standard form.

    Attributes
    ----------
    left : numpy.ndarray, shape (row, k)
    values : numpy.ndarray, shape (k,)
        Singular values, largest first.
    right : numpy.ndarray, shape (column, k)
        R^-1 V, so that x = right @ (filtered coefficients).
    """

    left: np.ndarray
    values: np.ndarray
    right: np.ndarray


def decompose(matrix: NDArray, penalty: NDArray | None = None) -> Decomposition:
    """Bring a problem into standard form.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (row, column)
        A.
    penalty : numpy.ndarray, shape (column, column), optional
        L^T L, positive definite; the identity by default.

    Returns
    -------
    Decomposition
    """
    if penalty is None:
        left, values, right = np.linalg.svd(matrix, full_matrices=False)
        return Decomposition(left, values, right.T)
    factor = cholesky(penalty)
    left, values, right = np.linalg.svd(solve_triangular(factor, matrix.T, trans=1).T, full_matrices=False)
    return Decomposition(left, values, solve_triangular(factor, right.T))


def tikhonov(problem: Decomposition, data: NDArray, parameter: float) -> NDArray:
    """Tikhonov-regularised solution.

    Parameters
    ----------
    problem : Decomposition
    data : numpy.ndarray, shape (row, ...)
    parameter : float
        t, the weight of |L x|^2.

    Returns
    -------
    numpy.ndarray, shape (column, ...)
    """
    return _filtered(problem, data, problem.values / (problem.values**2 + parameter))


def truncated_svd(problem: Decomposition, data: NDArray, rank: int) -> NDArray:
    """Solution from the `rank` largest singular values alone.

    Parameters
    ----------
    problem : Decomposition
    data : numpy.ndarray, shape (row, ...)
    rank : int

    Returns
    -------
    numpy.ndarray, shape (column, ...)
    """
    kept = np.arange(len(problem.values)) < rank
    return _filtered(problem, data, kept / np.where(kept, problem.values, 1.0))


def gcv(problem: Decomposition, data: NDArray) -> float:
    """Parameter by generalised cross-validation (Golub, Heath and Wahba 1979, Technometrics 21:215).

    It minimises |A x - b|^2 / trace(1 - A A#)^2, with A# the regularised inverse.

    Parameters
    ----------
    problem : Decomposition
    data : numpy.ndarray, shape (row, ...)

    Returns
    -------
    float
    """
    tried = candidates(problem)
    residual, _ = _norms(problem, data, tried)
    square = problem.values**2
    free = len(problem.left) - (square / (square + tried[:, None])).sum(1)
    return float(tried[np.argmin(residual / free**2)])


def l_curve(problem: Decomposition, data: NDArray) -> float:
    """Parameter at the corner of the L-curve (Hansen and O'Leary 1993, SIAM J Sci Comput 14:1487).

    The corner is where the curve of log |L x| over log |A x - b| bends most.

    Parameters
    ----------
    problem : Decomposition
    data : numpy.ndarray, shape (row, ...)

    Returns
    -------
    float
    """
    tried = candidates(problem)
    along = np.log(tried)
    right, up = (np.log(norm) for norm in _norms(problem, data, tried))
    right_slope, up_slope = np.gradient(right, along), np.gradient(up, along)
    turn = right_slope * np.gradient(up_slope, along) - up_slope * np.gradient(right_slope, along)
    return float(tried[np.argmax(turn / (right_slope**2 + up_slope**2) ** 1.5)])


def creso(problem: Decomposition, data: NDArray) -> float:
    """Parameter by the composite residual and smoothing operator.

    The smallest t at which d/dt (t |L x|^2 - |A x - b|^2) has a maximum (Colli-Franzone et al. 1985, Math
    Biosci 77:353).

    Parameters
    ----------
    problem : Decomposition
    data : numpy.ndarray, shape (row, ...)

    Returns
    -------
    float
    """
    tried = candidates(problem)
    _, size = _norms(problem, data, tried)
    inside, _ = _coefficients(problem, data)
    square = problem.values**2
    slope = -2 * (inside * square / (square + tried[:, None]) ** 3).sum(1)
    composite = size + 2 * tried * slope  # as d |A x - b|^2 / dt = -t d |L x|^2 / dt
    peaks = np.flatnonzero((composite[1:-1] > composite[:-2]) & (composite[1:-1] >= composite[2:])) + 1
    return float(tried[peaks[0]] if len(peaks) else tried[np.argmax(composite)])


def candidates(problem: Decomposition) -> NDArray:
    """Parameters to try, evenly spaced on a logarithmic scale, smallest first.

    Parameters
    ----------
    problem : Decomposition
    """
    largest = problem.values[0]
    smallest = max(problem.values[-1], FLOOR * largest)
    return np.geomspace(smallest, largest, PARAMETERS) ** 2


def _filtered(problem: Decomposition, data: NDArray, factors: NDArray) -> NDArray:
    return np.tensordot(problem.right * factors, problem.left.T @ _flat(data), 1).reshape(-1, *data.shape[1:])


def _flat(data: NDArray) -> NDArray:
    return data.reshape(len(data), -1)


def _coefficients(problem: Decomposition, data: NDArray) -> tuple[NDArray, float]:
    """Squares of U^T b added up over right-hand sides, and what of b lies outside U."""
    inside = np.square(problem.left.T @ _flat(data)).sum(1)
    return inside, max(np.square(data).sum() - inside.sum(), 0.0)


def _norms(problem: Decomposition, data: NDArray, tried: NDArray) -> tuple[NDArray, NDArray]:
    """|A x - b|^2 and |L x|^2 at each parameter."""
    inside, outside = _coefficients(problem, data)
    square = problem.values**2
    total = square + tried[:, None]
    return (inside * (tried[:, None] / total) ** 2).sum(1) + outside, (inside * square / total**2).sum(1)
