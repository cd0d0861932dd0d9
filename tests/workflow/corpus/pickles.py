"""Files that would run code if they were unpickled."""

import json
import pickle
from pathlib import Path

import numpy as np


class Code:
    """What runs if it is unpickled."""

    def __reduce__(self):
        return Path("unpickled").touch, ()


def pickled(path):
    np.save(path, np.array([Code()], object), allow_pickle=True)


def pickling_array(path, dims, filters):
    """An array of a store, one of whose filters would unpickle."""
    path.mkdir(parents=True)
    path.with_name(".zgroup").write_text('{"zarr_format": 2}')
    path.joinpath(".zattrs").write_text(json.dumps({"_ARRAY_DIMENSIONS": dims}))
    layout = {"shape": [1] * len(dims), "chunks": [1] * len(dims), "order": "C", "zarr_format": 2}
    values = {"dtype": "|O", "fill_value": 0, "compressor": None, "filters": [{"id": one} for one in filters]}
    path.joinpath(".zarray").write_text(json.dumps(layout | values))
    path.joinpath(".".join("0" * len(dims))).write_bytes(pickle.dumps(np.array([Code()], object)))
