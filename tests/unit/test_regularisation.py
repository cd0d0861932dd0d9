import numpy as np
import pytest

from ecgi.inverse import regularisation as reg

RNG = np.random.default_rng(0)


def smoothing(size=32):
    """Two integrations, a smooth solution and its image; differentiating twice amplifies noise."""
    places = np.arange(size)
    matrix = np.linalg.matrix_power(np.tril(np.ones((size, size))) / size, 2)
    solution = np.sin(2 * np.pi * places / size) + 0.5
    return matrix, solution, matrix @ solution


def chain(size):
    """Graph Laplacian of a chain, made definite."""
    laplacian = 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
    laplacian[0, 0] = laplacian[-1, -1] = 1
    return laplacian + 1e-3 * np.eye(size)


def noisy(level, seed=0):
    matrix, solution, image = smoothing()
    noise = np.random.default_rng(seed).standard_normal(image.shape)
    return matrix, solution, image + level * noise


@pytest.mark.parametrize("penalised", [False, True])
@pytest.mark.parametrize("shape", [(12, 30), (30, 12)])
def test_tikhonov_solves_the_normal_equations(shape, penalised):
    matrix, data = RNG.standard_normal(shape), RNG.standard_normal((shape[0], 5))
    penalty = chain(shape[1]) if penalised else np.eye(shape[1])
    problem = reg.decompose(matrix, penalty if penalised else None)
    expected = np.linalg.solve(matrix.T @ matrix + 0.3 * penalty, matrix.T @ data)
    np.testing.assert_allclose(reg.tikhonov(problem, data, 0.3), expected, atol=1e-10)


def test_truncated_svd_is_the_pseudo_inverse_of_the_truncated_matrix():
    matrix, data = RNG.standard_normal((12, 30)), RNG.standard_normal((12, 5))
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    values[4:] = 0
    expected = np.linalg.pinv(left * values @ right) @ data
    np.testing.assert_allclose(reg.truncated_svd(reg.decompose(matrix), data, 4), expected, atol=1e-10)


def brute_force(matrix, data, parameters):
    """Residual, size and trace of the influence matrix at each parameter, by dense solves."""
    for t in parameters:
        inverse = np.linalg.solve(matrix.T @ matrix + t * np.eye(matrix.shape[1]), matrix.T)
        solution = inverse @ data
        yield np.sum((matrix @ solution - data) ** 2), np.sum(solution**2), np.trace(matrix @ inverse)


def test_gcv_minimises_its_function():
    matrix, _, data = noisy(1e-2)
    problem = reg.decompose(matrix)
    tried = reg.candidates(problem)
    scores = [residual / (len(data) - trace) ** 2 for residual, _, trace in brute_force(matrix, data, tried)]
    assert reg.gcv(problem, data) == pytest.approx(tried[np.argmin(scores)], rel=1e-6)


def test_creso_is_where_its_derivative_peaks_first():
    matrix, _, data = noisy(1e-2)
    problem = reg.decompose(matrix)
    tried = reg.candidates(problem)
    step = 1e-4
    composite = []
    for t in tried:
        (low_rest, low_size, _), (high_rest, high_size, _) = brute_force(
            matrix, data, [t * (1 - step), t * (1 + step)]
        )
        high, low = t * (1 + step) * high_size - high_rest, t * (1 - step) * low_size - low_rest
        composite.append((high - low) / (2 * step * t))
    inner = np.flatnonzero(
        (np.array(composite[1:-1]) > composite[:-2]) & (np.array(composite[1:-1]) >= composite[2:])
    )
    assert reg.creso(problem, data) == pytest.approx(tried[inner[0] + 1], rel=0.25)


def test_the_l_curve_bends_where_two_lines_meet():
    """One strong component with signal, one weak one with noise alone: the corner lies between them."""
    problem = reg.Decomposition(np.eye(2), np.array([1.0, 1e-3]), np.eye(2))
    chosen = reg.l_curve(problem, np.array([1.0, 1e-2]))
    assert 1e-6 < chosen < 1e-1


@pytest.mark.parametrize("choose", [reg.gcv, reg.l_curve, reg.creso])
@pytest.mark.parametrize("level", [1e-3, 1e-2])
def test_the_chosen_parameter_is_nearly_as_good_as_the_best(choose, level):
    matrix, solution, data = noisy(level)
    problem = reg.decompose(matrix)
    errors = {t: np.linalg.norm(reg.tikhonov(problem, data, t) - solution) for t in reg.candidates(problem)}
    chosen = np.linalg.norm(reg.tikhonov(problem, data, choose(problem, data)) - solution)
    assert chosen < 3 * min(errors.values())


def test_many_right_hand_sides_share_one_parameter():
    matrix, _, data = noisy(1e-2)
    problem = reg.decompose(matrix)
    assert reg.gcv(problem, np.stack([data, data], 1)) == reg.gcv(problem, data)


def test_no_rule_goes_below_what_lies_in_any_noise():
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(30, 30)))[0] for _ in range(2))
    matrix = left * np.geomspace(1, 1e-9, 30) @ right.T
    problem = reg.decompose(matrix)
    data = matrix @ rng.normal(size=(30, 5))
    for rule in (reg.gcv, reg.l_curve, reg.creso):
        assert rule(problem, data) >= (reg.FLOOR * problem.values[0]) ** 2 * (1 - 1e-9)
