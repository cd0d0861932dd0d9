"""What entries of the corpus are made of: an entry, a heart and its settings."""

from pathlib import Path
from typing import NamedTuple

from ecgi.anatomy.phantom import make_phantom
from ecgi.io.volumes import write_volume

LABEL_MAP = {"lv_wall": [1], "rv_wall": [2], "lv_cavity": [3], "rv_cavity": [4]}


class Entry(NamedTuple):
    """A broken input; `line` is a part of the message that refuses it."""

    name: str
    write: callable
    line: str


PHANTOM = {"kind": "phantom", "seed": "2"}


def phantom():
    """A sound heart on voxels of 4 mm."""
    return make_phantom(2, 4.0)


def case(row, label_map=None):
    """Settings and table of one heart; `row` holds its columns."""
    columns = {"case": "mine", **row}
    Path("hearts.tsv").write_text("\t".join(columns) + "\n" + "\t".join(columns.values()) + "\n")
    return {
        "cases_table": "hearts.tsv",
        "cases": [columns["case"]],
        "label_maps": {"mine": label_map or LABEL_MAP},
    }


def volume(path, **columns):
    """Settings for a heart from an image."""
    return case({"kind": "volume", "source": str(path), "label_map": "mine", **columns})


def image(name, change=lambda labels: labels, **columns):
    """A heart as an image, its labels changed."""
    heart = phantom()
    write_volume(name, change(heart.labels.copy()), heart.affine)
    return volume(name, **columns)


def cut(content):
    return content[: len(content) * 3 // 4]
