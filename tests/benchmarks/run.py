"""Run the benchmarks and write the page with their results.

python tests/benchmarks/run.py                 all of them
python tests/benchmarks/run.py cell dipoles    these; results of the others are kept
python tests/benchmarks/run.py --page          the page alone, from existing results
"""

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).parents[2]
BENCHMARKS = (
    "closed_forms",
    "walls",
    "solvers",
    "anisotropy",
    "cell",
    "dipoles",
    "bsp_speed",
    "lead_field_size",
    "simulation",
)


def main():
    """Read the command line and run what it asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small problems, as a test: takes seconds")
    size.add_argument("--full", action="store_true", help="with 5000 beats through the workflow")
    parser.add_argument("--page", action="store_true", help="render the page alone")
    parser.add_argument("--output", type=Path, help="folder of the page; workflow/report by default")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    output = given.output or PROJECT / ("results/bench" if given.quick else "workflow/report")
    size = "quick" if given.quick else "full" if given.full else "normal"
    for pool in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{pool}_NUM_THREADS"] = "1"
    sys.path[:0] = [str(PROJECT / "workflow")]
    run([] if given.page else given.names or BENCHMARKS, size, output)


def run(names, size, output):
    """Run benchmarks one after the other and render the page.

    Results of other benchmarks are kept if they were measured on the same machine and versions.

    Parameters
    ----------
    names : sequence of str
        Benchmarks to run, see `BENCHMARKS`.
    size : {"quick", "normal", "full"}
    output : pathlib.Path
        Folder of the page.
    """
    import page
    import pandas as pd
    from measuring import machine

    folder = output / "physics"
    folder.mkdir(parents=True, exist_ok=True)
    here = {**machine(), "size": size}
    figures, place = folder / "figures.csv", folder / "machine.json"
    tables = {}
    if place.is_file() and (not names or json.loads(place.read_text()) == here):
        here = json.loads(place.read_text())
        kept = pd.read_csv(figures, keep_default_na=False)
        tables = {name: rows.drop(columns="benchmark") for name, rows in kept.groupby("benchmark")}
    for name in names:
        start = time.perf_counter()
        tables[name] = importlib.import_module(name).measure(size)
        print(f"\n{name}, {time.perf_counter() - start:.0f} s")
        print(tables[name].to_string(index=False, float_format=lambda value: f"{value:.4g}"), flush=True)
        everything = pd.concat(
            tables[known].assign(benchmark=known) for known in BENCHMARKS if known in tables
        )
        everything.to_csv(figures, index=False, float_format="%.6g")
        place.write_text(json.dumps(here, indent=1) + "\n")
    page.render(output, {name: tables[name] for name in BENCHMARKS if name in tables}, here)


if __name__ == "__main__":
    main()
