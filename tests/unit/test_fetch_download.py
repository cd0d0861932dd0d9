import hashlib
import io
import tarfile
import zipfile

import pytest

from ecgi.core.errors import InputError
from ecgi.io.downloads import fetch

CONTENT = b"a heart"
DOWNLOAD = {
    "package": "hearts",
    "version": "1.0",
    "member": "hearts/heart.vtu",
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "licence": "CC BY 4.0",
    "credit": "its makers",
}


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for PyPI, with a wheel of one heart."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    info = "hearts-1.0.dist-info"
    with zipfile.ZipFile(tmp_path / "hearts-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("hearts/heart.vtu", CONTENT)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: hearts\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return tmp_path


def test_a_file_is_fetched_with_its_credit(index):
    fetch("hearts", DOWNLOAD, index / "heart.vtu", index / "credit.txt")
    assert (index / "heart.vtu").read_bytes() == CONTENT
    assert "CC BY 4.0" in (index / "credit.txt").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "0" * 64}, "hearts: hearts/heart.vtu has SHA-256 "),
        ({"member": "hearts/lung.vtu"}, "hearts: there is no hearts/lung.vtu in hearts-1.0-py3-none-any.whl"),
        (
            {"version": "0.0.0"},
            "run the phantom instead: snakemake --cores all --configfile config/phantom.yaml",
        ),
    ],
)
def test_what_is_not_as_the_config_says_is_refused_and_nothing_written(index, change, message):
    with pytest.raises(InputError) as mistake:
        fetch("hearts", {**DOWNLOAD, **change}, index / "heart.vtu", index / "credit.txt")
    assert message in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1
    assert not (index / "heart.vtu").exists()


def test_a_package_that_would_run_its_setup_is_refused(index):
    setup = f"open({str(index / 'ran')!r}, 'w')".encode()
    with tarfile.open(index / "setups-1.0.tar.gz", "w:gz") as source:
        for name, text in (("setup.py", setup), ("PKG-INFO", b"Metadata-Version: 2.1\nName: setups\n")):
            entry = tarfile.TarInfo(f"setups-1.0/{name}")
            entry.size = len(text)
            source.addfile(entry, io.BytesIO(text))
    with pytest.raises(InputError, match="can't be downloaded"):
        fetch("setups", {**DOWNLOAD, "package": "setups"}, index / "heart.vtu", index / "credit.txt")
    assert not (index / "ran").exists()
