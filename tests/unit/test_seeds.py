import numpy as np

from ecgi.core.seeds import generator, keras_seed


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
