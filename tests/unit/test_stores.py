import hashlib
import json
import os

import numpy as np
import pytest
import xarray as xr
import zarr

from ecgi import __version__
from ecgi.anatomy.slicing import slice_grid
from ecgi.core.errors import InputError
from ecgi.io import stores

MADE_BY = {"experiment": "paper", "seed": 3, "settings": {"velocity": 0.6, "chunk": 2}}


def write_beats(path, first=0, count=5, first_voxel=10, **attributes):
    times = np.random.default_rng(first).random((count, 7))
    times[0, 2] = np.nan
    stores.write(
        path,
        {
            "activation_time": (("beat", "voxel"), times),
            "bsp": (("beat", "electrode", "time"), np.ones((count, 3, 4), np.float32)),
        },
        {
            "beat": np.arange(first, first + count),
            "voxel": np.arange(first_voxel, first_voxel + 7),
            "electrode": np.arange(3),
            "time": np.arange(4.0),
            "split": ("beat", np.array(["train", "test", "validation", "train", "test"][:count])),
        },
        stores.provenance(MADE_BY, case="patient7", **attributes),
    )
    return times


@pytest.fixture
def path(tmp_path):
    return tmp_path / "beats.zarr"


def test_a_store_opens_with_xarray_and_explains_itself(path):
    times = write_beats(path)
    beats = xr.open_zarr(path, consolidated=False)
    assert dict(beats.sizes) == {"beat": 5, "voxel": 7, "electrode": 3, "time": 4}
    assert beats["activation_time"].dims == ("beat", "voxel")
    assert beats["bsp"].dims == ("beat", "electrode", "time")
    assert beats["activation_time"].attrs["units"] == beats["time"].attrs["units"] == "ms"
    assert beats["bsp"].attrs["units"] == "mV"
    assert all("long_name" in beats[name].attrs for name in beats.variables)
    assert beats["voxel"].values.tolist() == list(range(10, 17))
    assert beats["split"].values.tolist() == ["train", "test", "validation", "train", "test"]
    np.testing.assert_array_equal(beats["activation_time"], times.astype(np.float32))


def test_floats_are_stored_in_single_precision(path):
    write_beats(path)
    assert stores.read(path)["activation_time"].dtype == np.float32


def test_what_is_not_known_comes_back_as_nan(path):
    times = write_beats(path)
    read = stores.read(path)["activation_time"].values
    np.testing.assert_array_equal(np.isnan(read), np.isnan(times))
    assert np.isnan(read).sum() == 1


def test_whole_numbers_and_booleans_keep_their_type(path):
    labels = np.arange(4, dtype=np.uint8)
    stores.write(path, {"tissue": ("x", labels), "mask": ("x", labels > 0)}, {}, stores.provenance(MADE_BY))
    read = stores.read(path)
    assert read["tissue"].dtype == np.uint8
    assert read["mask"].values.tolist() == [False, True, True, True]


def test_rewriting_replaces_all_that_was_there(path):
    write_beats(path)
    stores.write(path, {"mask": ("x", np.ones(3, bool))}, {}, stores.provenance(MADE_BY))
    read = stores.read(path)
    assert set(read.variables) == {"mask"}
    assert "case" not in read.attrs
    assert not (path / "bsp").exists()


def test_provenance_says_what_made_the_store(path):
    write_beats(path, method="nearest_neighbour")
    attributes = stores.read(path).attrs
    settings = attributes["settings"]
    assert json.loads(settings) == MADE_BY["settings"]
    assert attributes["settings_sha256"] == hashlib.sha256(settings.encode()).hexdigest()
    expected = {"ecgi_version": __version__, "experiment": "paper", "seed": 3, "case": "patient7"}
    assert expected.items() <= attributes.items()
    assert attributes["method"] == "nearest_neighbour"


def test_provenance_does_not_depend_on_the_order_of_settings():
    reordered = {**MADE_BY, "settings": {"chunk": 2, "velocity": 0.6}}
    other = {**MADE_BY, "settings": {"chunk": 3, "velocity": 0.6}}
    assert stores.provenance(reordered) == stores.provenance(MADE_BY)
    assert stores.provenance(other)["settings_sha256"] != stores.provenance(MADE_BY)["settings_sha256"]


def test_one_beat_is_read_without_the_others(path):
    write_beats(path)
    encoding = stores.read(path)["bsp"].encoding
    assert encoding["chunks"] == (1, 3, 4)
    assert encoding["shards"] == (5, 3, 4)


@pytest.mark.parametrize("part", ["bsp/c/0/0/0", "split/c/0", "bsp/zarr.json", "zarr.json"])
@pytest.mark.parametrize("harm", ["deleted", "cut short", "emptied"])
def test_a_damaged_store_is_refused_rather_than_filled_with_nan(path, part, harm):
    write_beats(path)
    file = path / part
    if harm == "deleted":
        file.unlink()
    else:
        os.truncate(file, file.stat().st_size // 2 if harm == "cut short" else 0)
    with pytest.raises(InputError, match=r"beats.zarr: .*; remove it and run again"):
        stores.read(path)


def test_a_flipped_bit_is_refused_or_changes_nothing(path):
    write_beats(path)
    sound = stores.read(path).load()
    rng = np.random.default_rng(0)
    files = [file for file in sorted(path.rglob("*")) if file.is_file()]
    refused = 0
    for file in [files[index] for index in rng.integers(len(files), size=200)]:
        content = file.read_bytes()
        spoilt = bytearray(content)
        spoilt[rng.integers(len(spoilt))] ^= 1 << rng.integers(8)
        file.write_bytes(spoilt)
        try:
            read = stores.read(path).load()
        except InputError as error:
            read, message = None, str(error)
        if read is None:
            assert message.count("\n") == 0
            assert "beats.zarr: damaged" in message or "beats.zarr: not a whole store" in message
        else:
            assert read.identical(sound)
        refused += read is None
        file.write_bytes(content)
    assert refused > 150


def test_a_store_whose_writing_was_cut_off_is_refused(path):
    write_beats(path)
    del zarr.open_group(path, mode="r+").attrs[stores.CHECKSUM]
    with pytest.raises(InputError, match=r"beats.zarr: not a whole store"):
        stores.read(path)


@pytest.mark.parametrize(
    ("dims", "renamed"),
    [
        (("activation", "electrode", "time"), "`activation` is `beat`"),
        (("draw", "beat", "voxel"), "`draw` is `sample`"),
        (("draw", "activation", "voxel"), "`activation` is `beat` and `draw` is `sample`"),
    ],
)
@pytest.mark.parametrize("size_recorded", [True, False])
def test_a_store_of_an_earlier_version_is_refused_with_what_changed(path, dims, renamed, size_recorded):
    stores.write(path, {"values": (dims, np.zeros((2, 2, 2)))}, {}, stores.provenance(MADE_BY))
    if not size_recorded:
        del zarr.open_group(path, mode="r+").attrs[stores.CHECKSUM]
    with pytest.raises(InputError) as refusal:
        stores.read(path)
    assert str(refusal.value) == (
        f"{path}: made by an earlier version, whose dimension {renamed} now; delete it and run again"
    )


def test_files_that_others_leave_in_a_store_do_no_harm(path):
    write_beats(path)
    (path / ".snakemake_timestamp").touch()
    assert stores.read(path).sizes["beat"] == 5


def test_chunks_of_a_case_are_joined_in_order_of_the_beats(tmp_path):
    late = write_beats(tmp_path / "000005-000007.zarr", first=5, count=3)
    early = write_beats(tmp_path / "000000-000004.zarr")
    beats = stores.read_beats([tmp_path / "000005-000007.zarr", tmp_path / "000000-000004.zarr"])
    assert beats["beat"].values.tolist() == list(range(8))
    np.testing.assert_array_equal(beats["activation_time"], np.concatenate([early, late]).astype(np.float32))
    assert beats["time"].dims == ("time",)


def test_chunks_on_different_voxels_are_not_joined(tmp_path):
    write_beats(tmp_path / "a.zarr")
    write_beats(tmp_path / "b.zarr", first_voxel=0)
    with pytest.raises(ValueError, match="voxel"):
        stores.read_beats([tmp_path / "a.zarr", tmp_path / "b.zarr"])


@pytest.mark.parametrize("volume", [False, True])
def test_the_grid_of_a_heart_comes_back(path, heart, volume):
    grid, _ = slice_grid(heart, "patient7", 3, 0.2, 0.8, 4.0, 32, volume)
    stores.write(
        path,
        {
            "tissue": (("slice", "y", "x"), grid.tissue),
            "position": (("slice", "y", "x", "axis"), grid.positions),
        },
        {"z": ("slice", grid.z), "y": grid.y, "x": grid.x},
        stores.provenance(MADE_BY, case="patient7", is_volume=int(volume)),
    )
    back = stores.grid_of(stores.read(path))
    assert back.case == "patient7"
    assert back.frame == grid.frame
    np.testing.assert_array_equal(back.mask, grid.mask)
    for name in ("z", "y", "x", "positions"):
        np.testing.assert_allclose(getattr(back, name), getattr(grid, name), atol=1e-4)
