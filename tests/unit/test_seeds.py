import numpy as np
import pytest
from scipy import stats

from ecgi.core.seeds import generator, keras_seed, truncated_normal


def test_a_draw_does_not_depend_on_what_else_is_drawn():
    first = generator(1, "beat", 7).random(3)
    generator(1, "beat", 6).random(100)
    np.testing.assert_array_equal(generator(1, "beat", 7).random(3), first)


def test_seed_purpose_and_index_each_make_another_draw():
    arguments = [(1, "beat", 7), (2, "beat", 7), (1, "split", 7), (1, "beat", 8), (1, "beat", 7, 1)]
    numbers = {generator(*one).random() for one in arguments}
    assert len(numbers) == len(arguments)


def test_numbers_are_the_same_on_every_machine_and_run():
    assert generator(2019, "split rodero01").integers(10**9) == 923802977
    assert keras_seed(0, "weights") == 1906646326


def test_keras_seeds_are_whole_numbers_that_keras_takes():
    seeds = [keras_seed(seed, "weights") for seed in range(50)]
    assert all(isinstance(seed, int) and 0 <= seed < 2**31 for seed in seeds)
    assert len(set(seeds)) == 50


@pytest.mark.parametrize("limit", [0.5, 2.0])
def test_truncated_values_have_the_distribution_of_a_truncated_normal(limit):
    values = truncated_normal(generator(1, "sizes"), 100_000, limit)
    assert np.abs(values).max() <= limit
    assert len(np.unique(values)) == len(values)
    assert stats.kstest(values, stats.truncnorm(-limit, limit).cdf).pvalue > 0.01


def test_truncated_values_of_many_small_draws_have_it_too():
    values = np.concatenate([truncated_normal(generator(2, "heart", heart), 5, 2.0) for heart in range(4000)])
    assert stats.kstest(values, stats.truncnorm(-2, 2).cdf).pvalue > 0.01


def test_values_within_the_limit_and_all_that_is_drawn_later_are_as_if_there_were_none():
    for seed in range(50):
        free, limited = generator(seed, "heart"), generator(seed, "heart")
        for _ in range(2):
            plain, truncated = free.standard_normal(9), truncated_normal(limited, 9, 1.0)
            inside = np.abs(plain) <= 1
            np.testing.assert_array_equal(truncated[inside], plain[inside])
            assert not np.isin(plain[~inside], truncated).any()
        np.testing.assert_array_equal(limited.random(4), free.random(4))
