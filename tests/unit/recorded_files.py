"""Recordings written in the forms that people have them in."""

import numpy as np
import xarray as xr

NAMES = [f"L{number}" for number in range(6)]
RATE = 500.0
UNITS_IN_MV = {"mV": 1.0, "uV": 1e-3, "V": 1e3}
TIMES = np.arange(40) * 1000 / RATE


def csv(path, table, header=None, separator=","):
    lines = [separator.join(f"{value:.9g}" for value in row) for row in table]
    path.write_text("\n".join(([separator.join(header)] if header else []) + lines) + "\n")


def structure(potentials, **fields):
    return {"potvals": potentials, "leadinfo": np.zeros((len(potentials), 1)), **fields}


TEN = [f"E{number}" for number in range(1, 11)]
ORDER = np.random.default_rng(1).permutation(10)
SPELLINGS = {
    "lower case": "e{}",
    "units in brackets": "E{} [mV]",
    "units after a slash": "E{}/uV",
    "zeros and a separator": "E-{:03d}",
    "a word before": "lead_E{}",
    "two words before": "ECG channel E{}",
    "numbers after a word": "Lead {}",
    "numbers after letters": "EL-{:02d} (µV)",
    "a prefix of all": "vest3_E{}",
    "numbers": "{}",
}


def labels_of(spelling):
    return [SPELLINGS[spelling].format(number + 1) for number in ORDER]


def zarr_of(path, x, **coordinates):
    xr.Dataset({"bsp": (("electrode", "time"), x)}, coords=coordinates).to_zarr(path, consolidated=False)


def in_lines(path, x, labels):
    path.write_text(
        "".join(f"{label},{','.join(map(str, row))}\n" for label, row in zip(labels, x, strict=True))
    )
