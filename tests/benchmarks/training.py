"""Measure the time of a training step, and write the page workflow/report/training.md.

python tests/benchmarks/training.py            the page
python tests/benchmarks/training.py --quick    small problems, as a test: takes seconds
"""

import argparse
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT / "workflow")]

from measuring import machine, medians, seconds
from rows import row, table

from ecgi.core import resources

resources.keep_to(1, ",".join(resources.visible()))

PACKAGES = ("numpy", "keras", "tensorflow-cpu", "tensorflow", "jax")
VARIANTS = ("bsp_vae", "activation_vae", "activation_cvae")
JOB = "activation_vae"
BATCHES = {"quick": (1,), "normal": (1, 32, 256)}
SAMPLES = {"quick": 8, "normal": 512}
MOST_STEPS = {"quick": 4, "normal": 200}
REPEATS = {"quick": 1, "normal": 5}
JOB_EPOCHS = {"quick": 1, "normal": 20}
BSP, BSP_MAPS, MAP, SLICES = (100, 128, 1), (10, 10, 128), (64, 64, 1), 8
INTRODUCTION = (
    "`make bench` writes this page. Networks and settings are those of config/config.yaml at the sizes of "
    "the paper's experiment; the data are noise. One thread, medians of several rounds in which the loops "
    "are timed in turn. A bare step is Keras's own compiled training step, repeated in one call on a batch "
    "in memory; an epoch of the workflow also gathers the samples of each batch. `model.fit` gets the same "
    "samples as NumPy arrays. The networks are two-dimensional."
)


def main():
    """Measure and write the page, or train once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small problems, as a test: takes seconds")
    parser.add_argument("--output", type=Path, help="folder of the page; workflow/report by default")
    parser.add_argument("--job", action="store_true", help="train once and print the time")
    given = parser.parse_args()
    size = "quick" if given.quick else "normal"
    if given.job:
        print(job(JOB_EPOCHS[size]))
        return
    figures = measure(size)
    print(figures.to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    output = given.output or PROJECT / ("results/bench" if given.quick else "workflow/report")
    output.mkdir(parents=True, exist_ok=True)
    (output / "training.md").write_text(_page(figures, {**machine(PACKAGES), "size": size}))


def measure(size):
    """Measure steps of each network and batch size, and two jobs at once."""
    return pd.concat([steps(size), together(size)], ignore_index=True)


def steps(size):
    """Measure a step in an epoch of the workflow, alone, and in `model.fit`."""
    import keras

    from ecgi.models.training import loop, trainer

    rows, backend = [], keras.config.backend()
    for name in VARIANTS:
        for batch in BATCHES[size]:
            variant = _variant(name, batch=batch)
            inputs = _noise(variant, max(SAMPLES[size], batch))
            model, _ = trainer._prepare(variant, inputs, 0)
            placed = loop.on_device(inputs)
            order = trainer.order_of(0, len(inputs["target"][1]), batch, 0)[: MOST_STEPS[size]]
            apart = {key: values[index[order.ravel()]] for key, (values, index) in inputs.items()}
            calls = {
                "epoch": partial(loop.trainer(model, placed), order),
                "bare": _bare(model, {key: values[:batch] for key, values in apart.items()}, len(order)),
                "fit": partial(model.fit, apart, batch_size=batch, epochs=1, verbose=0),
            }
            taken = seconds(calls, REPEATS[size])
            a_step = {call: value / len(order) for call, value in taken.items()}
            aim = "≤ 1.2" if size != "quick" else None
            setting, check = f"{name}, batch {batch}", f"a step on {backend}"
            rows += [
                row(check, "step of an epoch", setting, 1000 * a_step["epoch"], "ms"),
                row(check, "samples per second", setting, batch / a_step["epoch"], "1/s"),
                row(check, "over a bare step", setting, a_step["epoch"] / a_step["bare"], "times", aim),
                row(check, "model.fit over a bare step", setting, a_step["fit"] / a_step["bare"], "times"),
            ]
    return table(rows)


def together(size):
    """Measure a job of one thread alone, and two of them at once."""
    command = [sys.executable, __file__, "--job", *(["--quick"] if size == "quick" else [])]

    def run(count):
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
        return max(float(one.communicate()[0].split()[-1]) for one in running)

    taken = medians({"alone": partial(run, 1), "both": partial(run, 2)}, REPEATS[size])
    check, setting = "two jobs", f"{JOB}, {JOB_EPOCHS[size]} epochs"
    aim = "≤ 1.15" if size != "quick" else None
    return table(
        [
            row(check, "alone", setting, taken["alone"], "s"),
            row(check, "two at once", setting, taken["both"], "s"),
            row(check, "two at once over alone", setting, taken["both"] / taken["alone"], "times", aim),
        ]
    )


def job(epochs):
    """Time of a training in s, compilation included."""
    from ecgi.models.training import trainer

    variant = _variant(JOB, epochs=epochs, patience=epochs)
    data = _noise(variant, 256), _noise(variant, 64)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        trainer.train(variant, *data, 0, folder)
        return time.perf_counter() - start


def _variant(name, **changes):
    """A variant of the paper's experiment."""
    from ecgi.models.registry import variant_of

    configured = yaml.safe_load((PROJECT / "config/config.yaml").read_text())["variants"][name]
    return variant_of({**configured, **changes})


def _noise(variant, samples):
    """Inputs of a variant at the sizes of the paper's experiment."""
    rng = np.random.default_rng(0)
    every = np.arange(samples)
    if variant.target == "bsp":
        inputs = {"target": (BSP, every), "weight": ((100, 1, 1), every)}
    else:
        walls, beat = (MAP, every % SLICES), every // SLICES
        inputs = {"target": (MAP, every), "mask": walls, "bsp": (BSP, beat), "bsp_maps": (BSP_MAPS, beat)}
        inputs = {name: inputs[name] for name in ("target", *variant.conditions)} | {"weight": walls}
    return {
        name: (rng.random((row.max() + 1, *shape), dtype=np.float32), row)
        for name, (shape, row) in inputs.items()
    }


def _bare(model, batch, count):
    """Function that makes a number of compiled steps on one batch."""
    import keras

    batch = {name: keras.ops.convert_to_tensor(values) for name, values in batch.items()}
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        @tf.function
        def steps(count):
            for _ in tf.range(count):
                model.train_step((batch,))

        return partial(steps, tf.constant(count))
    import jax

    step = jax.jit(lambda state, batch: model.train_step(state, (batch,))[1])
    parts = model.trainable_variables, model.non_trainable_variables
    parts += model.optimizer.variables, model.metrics_variables

    def steps():
        state = tuple([variable.value for variable in variables] for variables in parts)
        for _ in range(count):
            state = step(state, batch)
        jax.block_until_ready(state)

    return steps


def _page(figures, machine):
    """The page as Markdown."""
    import page

    blocks = [("heading", "Speed of training"), ("text", INTRODUCTION)]
    blocks.append(("table", page.machine_table(machine)))
    blocks += [("table", page.grid(check, part)) for check, part in figures.groupby("check", sort=False)]
    return "\n\n".join(page.markdown(*block) for block in blocks) + "\n"


if __name__ == "__main__":
    main()
