"""A bit that flips in any file that a rule hands on is refused when the file is read, or changes nothing."""

import shutil

import numpy as np
import pytest

from ecgi.core.errors import InputError
from ecgi.io import checked_files, stores, volumes

REMEDY = "remove it and run again"


def of_store(path):
    """Values and attributes of a store."""
    data = stores.read(path).load()
    return {str(name): array.values.tobytes() for name, array in data.variables.items()}, data.attrs


def of_heart(path):
    """Labels, place and long axis of a heart."""
    heart, axis = volumes.read_segmentation(path)
    return heart.labels.tobytes(), heart.affine.tobytes(), axis.tobytes()


def of_labels(path):
    """Labels and place of a heart in its short-axis frame."""
    heart = volumes.read_anatomy(path)
    return heart.labels.tobytes(), heart.affine.tobytes()


def of_model(path):
    """Settings and weights of a model."""
    from ecgi.models.building import load

    model = load(path)
    return model.get_config(), [weights.tobytes() for weights in model.get_weights()]


KINDS = {
    "**/beats/*.zarr": of_store,
    "**/lead_field.zarr": of_store,
    "dataset/**/*.zarr": of_store,
    "predictions/**/*.zarr": of_store,
    "**/*.csv": lambda path: checked_files.read_table(path).to_csv(),
    "**/*.tsv": lambda path: checked_files.read_table(path).to_csv(),
    "**/*.json": checked_files.read_json,
    "**/segmentation.nii.gz": of_heart,
    "**/labels.nii.gz": of_labels,
    "**/model.keras": of_model,
}


@pytest.fixture(scope="module")
def results(finished, tmp_path_factory):
    """Results to spoil: a copy, so that those of other tests stay as old as they are."""
    return shutil.copytree(finished.results, tmp_path_factory.mktemp("spoilt") / "tiny")


def found(results, pattern):
    """Files, or stores, of a kind; not the JSON inside stores."""
    paths = [path for path in sorted(results.glob(pattern)) if ".zarr" not in str(path.parent)]
    assert paths, pattern
    return paths


def flip(path, rng):
    """Flip a bit of a file, or of any file of a store; return how to undo it."""
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    sizes = np.array([file.stat().st_size for file in files])
    file = files[rng.choice(len(files), p=sizes / sizes.sum())]
    content = file.read_bytes()
    spoilt = bytearray(content)
    spoilt[rng.integers(len(content))] ^= 1 << rng.integers(8)
    file.write_bytes(spoilt)
    return lambda: file.write_bytes(content)


def count_refused(results, pattern, flips, seed):
    """Flip bits of the files of a kind one after another; return how many were refused."""
    rng, read, paths, refused = np.random.default_rng(seed), KINDS[pattern], found(results, pattern), 0
    whole = {path: read(path) for path in paths[:20]}
    for _ in range(flips):
        path = list(whole)[rng.integers(len(whole))]
        restore = flip(path, rng)
        try:
            same = read(path) == whole[path]
        except InputError as error:
            message, refused = str(error), refused + 1
            assert message.startswith(f"{path}: ")
            assert REMEDY in message
            assert "\n" not in message
        else:
            assert same, path
        finally:
            restore()
    return refused


@pytest.mark.parametrize("pattern", KINDS)
def test_a_flipped_bit_is_refused_or_harmless(results, pattern):
    assert count_refused(results, pattern, 6, 1) >= 3


@pytest.mark.exhaustive
@pytest.mark.parametrize("pattern", KINDS)
def test_of_a_hundred_flipped_bits_each_is_refused_or_harmless(results, pattern):
    assert count_refused(results, pattern, 100, 2) >= 80


@pytest.mark.parametrize("pattern", [pattern for pattern in KINDS if pattern.endswith("zarr")])
def test_a_store_without_one_of_its_chunks_is_refused(results, pattern):
    store = found(results, pattern)[0]
    for chunk in [file for file in store.rglob("c/**/*") if file.is_file()]:
        content = chunk.read_bytes()
        chunk.unlink()
        with pytest.raises(InputError, match=REMEDY):
            stores.read(store)
        chunk.write_bytes(content)
    stores.read(store)
