"""Pipes among the parts of an image or a store, on which reading would wait for ever."""

import os

import numpy as np
import pytest
import SimpleITK as sitk
import zarr

from ecgi.core.errors import InputError
from ecgi.io.images import read_image
from ecgi.io.recordings import read_recording

PIPE = "is a pipe or device, and no file"


@pytest.mark.parametrize(("name", "values"), [("heart.nhdr", "heart.raw"), ("heart.mhd", "heart.raw")])
def test_a_header_that_names_a_pipe_is_refused(name, values, tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((4, 5, 6), np.uint8)), tmp_path / name)
    assert read_image(tmp_path / name).values.shape[:3] == (6, 5, 4)
    (tmp_path / values).unlink()
    os.mkfifo(tmp_path / values)
    with pytest.raises(InputError, match=f"{name}: its part {values} {PIPE}"):
        read_image(tmp_path / name)


def test_a_store_with_a_pipe_for_a_chunk_is_refused(tmp_path):
    path = tmp_path / "bsp.zarr"
    zarr.save_array(path, np.random.default_rng(0).normal(size=(4, 200)))
    names = ["E1", "E2", "E3", "E4"]
    assert read_recording(path, names, "mV", 1000.0).signals_mv.shape == (4, 200)
    chunk = next(part for part in path.rglob("*") if part.is_file() and "json" not in part.name)
    chunk.unlink()
    os.mkfifo(chunk)
    with pytest.raises(InputError, match=f"its part {chunk.name} {PIPE}"):
        read_recording(path, names, "mV", 1000.0)


def test_a_recording_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "bsp.npy"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(InputError, match=r"3\.0 GB, more than the 2 GB that are read at once; cut out"):
        read_recording(path, ["E1"], "mV", 1000.0)
