import numpy as np
import pytest

from ecgi.physics.bsp import fitted_amplitude, normalised_residual, scaled_residual

RNG = np.random.default_rng(0)
RECORDED, SIMULATED = RNG.normal(size=(4, 6, 30)), RNG.normal(size=(6, 30)).astype(np.float32)


def test_the_amplitude_is_that_of_linear_least_squares_but_not_negative():
    plain = [np.linalg.lstsq(SIMULATED.reshape(-1, 1), one.ravel(), rcond=None)[0][0] for one in RECORDED]
    assert min(plain) < 0 < max(plain)
    np.testing.assert_allclose(fitted_amplitude(RECORDED, SIMULATED), np.maximum(plain, 0), rtol=1e-6)


def test_no_other_amplitude_leaves_less_and_the_residual_is_orthogonal():
    recorded = RECORDED + SIMULATED
    residual = scaled_residual(recorded, SIMULATED)
    assert np.abs((residual * SIMULATED).sum((1, 2))).max() < 1e-9
    energy, amplitude = np.square(residual).sum((1, 2)), fitted_amplitude(recorded, SIMULATED)
    for change in (-0.01, 0.01):
        other = (amplitude + change)[:, None, None] * SIMULATED - recorded
        assert (np.square(other).sum((1, 2)) > energy).all()
    by_pythagoras = np.square(recorded).sum((1, 2)) - amplitude**2 * np.square(SIMULATED).sum()
    np.testing.assert_allclose(energy, by_pythagoras)


@pytest.mark.parametrize("factor", [1e-9, 1.0, 1e9])
def test_the_scale_of_simulated_bsp_does_not_matter(factor):
    np.testing.assert_allclose(
        scaled_residual(RECORDED, factor * SIMULATED), scaled_residual(RECORDED, SIMULATED), atol=1e-6
    )


def test_many_simulated_ones_are_fitted_to_one_recorded_and_zeros_leave_it_whole():
    residual = scaled_residual(RECORDED[0], np.stack([SIMULATED, -SIMULATED, 0 * SIMULATED]))
    assert residual.shape == (3, 6, 30)
    np.testing.assert_array_equal(residual[2], -RECORDED[0])
    assert min(np.abs(residual[:2] + RECORDED[0]).max((1, 2))) == 0


def test_the_residual_of_unit_signals_falls_with_the_correlation_on_both_sides_of_zero():
    real = RECORDED[0] / np.linalg.norm(RECORDED[0])
    away = SIMULATED - (SIMULATED * real).sum() * real
    for share in (-0.9, -0.2, 0.0, 0.5, 1.0):
        mixed = share * real + np.sqrt(1 - share**2) * away / np.linalg.norm(away)
        energy = np.square(normalised_residual(real, 7 * mixed)).sum()
        assert energy == pytest.approx(2 - 2 * share, abs=1e-6)
    assert np.isfinite(normalised_residual(real, 0 * SIMULATED)).all()
