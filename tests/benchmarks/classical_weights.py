"""Errors of Tikhonov regularisation over its weight, and what each rule chooses, in two torsos.

python tests/benchmarks/classical_weights.py                 four phantoms; some minutes on one core
python tests/benchmarks/classical_weights.py --hearts 1 --beats 2 --output results/bench

Writes classical_weights.svg and prints the table. Beats are simulated as in `torsos.py`, in other phantoms;
methods are given the infinite conductor, or the true torso.
"""

import argparse
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT / "workflow")]

from torsos import given_conductors

from ecgi.inverse.classical import CHOICES, Tikhonov

WEIGHTS = 10.0 ** np.arange(-10, 1)
KNOWN = {"infinite": "infinite conductor", "lungs_and_blood": "the torso itself"}
COLOURS = {"gcv": "#c0392b", "l_curve": "#1f618d", "creso": "#b9770e"}


class Noting(Tikhonov):
    """Tikhonov regularisation that keeps the weights it chose and the potentials it found."""

    def _weight(self, problem, data):
        weight = super()._weight(problem, data)
        CHOSEN.append(weight / problem.values[0] ** 2)
        return weight


CHOSEN = []


def main():
    """Measure, print medians and draw them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hearts", type=int, default=4)
    parser.add_argument("--beats", type=int, default=6)
    parser.add_argument("--first", type=int, default=600, help="seed of the first heart")
    parser.add_argument("--output", type=Path, default=PROJECT / "workflow/report")
    given = parser.parse_args()
    rows = pd.DataFrame(
        row for seed in range(given.first, given.first + given.hearts) for row in measure(seed, given.beats)
    )
    print(rows.groupby(["known", "choice"], sort=False)[["weight", "mae_ms", "cc"]].median().to_string())
    given.output.mkdir(parents=True, exist_ok=True)
    draw(rows, given.output / "classical_weights.svg")


def measure(seed, beats):
    """A row per beat, conductor and choice of the weight."""
    for known in given_conductors(seed, beats, tuple(KNOWN)):
        for choice in (*WEIGHTS, *CHOICES):
            CHOSEN.clear()
            maps = Noting(choice=choice).predict(known.bsp, known.patient, 1, 0)[0]
            for estimate, truth, weight in zip(maps, known.truth, CHOSEN, strict=True):
                yield {
                    "known": known.kind,
                    "choice": choice if isinstance(choice, str) else f"{choice:.0e}",
                    "weight": weight if isinstance(choice, str) else choice,
                    "mae_ms": np.abs(estimate - truth).mean(),
                    "cc": np.corrcoef(estimate, truth)[0, 1],
                }


def draw(rows, path):
    """Correlation over the weight with quartiles, and where each rule's choices lie."""
    figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True, layout="constrained")
    fixed = rows[~rows["choice"].isin(list(CHOICES))]
    for axis, (kind, name) in zip(axes, KNOWN.items(), strict=True):
        some = fixed[fixed["known"] == kind].groupby("weight")["cc"]
        low, middle, high = (some.quantile(share) for share in (0.25, 0.5, 0.75))
        axis.fill_between(middle.index, low, high, color="0.85", lw=0)
        axis.plot(middle.index, middle, color="black", lw=1.2)
        for rule, colour in COLOURS.items():
            chosen = rows[(rows["known"] == kind) & (rows["choice"] == rule)]
            axis.plot(chosen["weight"], chosen["cc"], "o", ms=3, alpha=0.6, color=colour, label=rule)
        axis.axhline(0, color="0.6", lw=0.6)
        axis.set(xscale="log", xlabel="weight / largest singular value squared", title=f"given {name}")
    axes[0].set_ylabel("correlation of the map")
    axes[1].legend(frameon=False, fontsize=8, loc="lower left")
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
