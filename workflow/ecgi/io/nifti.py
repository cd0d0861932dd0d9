"""Read NIfTI-1 and NIfTI-2 files, and decide which of their affines holds.

A header has two affines and the sizes of the voxels (`pixdim`). The qform is a rotation with these sizes, the
sform any matrix; each has a code: 0 for none, 1 for the scanner's frame, 2 for that of another scan of the
patient, 3 and more for that of a template.
Source: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError, one_line
from .image_headers import ROUNDING, Image, listed_mm, refuse_shape, refuse_spacing

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

UNITS = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # by code: unknown, m, mm, um; in mm
SIZES = 0.01  # relative difference of sizes that contradict each other
BEYOND = 1 << 20  # bytes that are read after those that the header promises
LARGEST_STEP = 0.1  # of scl_slope at which stored numbers still are labels


def read(path: str | PathLike[str]) -> Image:
    """Read a NIfTI file, as far as its header says that it has data.

    Parameters
    ----------
    path : path-like
        ``.nii`` or ``.nii.gz``.

    Returns
    -------
    Image
        Its affine as the file gives it.

    Raises
    ------
    InputError
        If the file is incomplete or unreadable, holds no volumes of numbers, or has no affine, or one that
        contradicts the sizes of its voxels.
    """
    packed = str(path).lower().endswith(".gz")
    try:
        opener: Any = gzip.open if packed else open
        with opener(path, "rb") as file:
            return _read(path, file, None if packed else os.path.getsize(path))
    except (OSError, EOFError, zlib.error) as error:
        advice = "; copy the file anew" if packed else ""
        raise InputError(f"{path}: not a readable image ({one_line(error)}){advice}") from None


def _read(path: str | PathLike[str], file: IO[bytes], length: int | None) -> Image:
    """Read a file, decompressed, of a length that is known or not."""
    from nibabel.volumeutils import apply_read_scaling

    header = _header(path, file)
    size = _size(path, header)
    kind = _kind(path, header)
    affine, notes = _affine(path, header)
    slope, inter = _scaling(path, header)
    start = _start(path, header)
    needed = int(np.prod(size)) * kind.itemsize
    if length is not None and length < start + needed:
        raise InputError(f"{path}: cut short, {length} of {start + needed} bytes; copy the file anew")
    file.seek(start)
    content = file.read(needed)
    if len(content) < needed:
        got = start + len(content)
        raise InputError(f"{path}: cut short, {got} of {start + needed} bytes; copy the file anew")
    beyond = len(file.read(BEYOND))
    if beyond:
        more = "or more " if beyond == BEYOND else ""
        notes.append(f"{beyond} bytes {more}after the data that its header describes were not read")
    values = np.frombuffer(content, kind).reshape(size, order="F")
    fields = {"descrip": header["descrip"].item().decode("latin-1").rstrip("\0")}
    step = abs(slope) if (slope, inter) != (1.0, 0.0) and abs(slope) <= LARGEST_STEP else 0.0
    scaled = apply_read_scaling(values, slope, inter)
    return Image(scaled, affine, tuple(notes), fields, max(ROUNDING, 0.51 * step))


def _header(path: str | PathLike[str], file: IO[bytes]) -> Any:
    """Header of a NIfTI file, of either version and byte order."""
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    block = file.read(Nifti2Header.sizeof_hdr)
    for kind, magics in ((Nifti1Header, (b"n+1",)), (Nifti2Header, (b"n+2",))):
        size = kind.sizeof_hdr
        for order in "<>":
            if len(block) >= size and struct.unpack_from(f"{order}i", block)[0] == size:
                header = kind(block[:size], order, check=False)
                if header["magic"].item()[:3] in magics:
                    return header
    raise InputError(f"{path}: not a readable image (neither NIfTI-1 nor NIfTI-2 in one file)")


def _size(path: str | PathLike[str], header: Any) -> tuple[int, ...]:
    """Size of the volumes and their number; axes of one voxel beyond the third are left out."""
    count, *sizes = (int(number) for number in header["dim"])
    if not 1 <= count <= 7 or min(sizes[:count]) < 1:
        raise InputError(f"{path}: not a readable image (dim is {[count, *sizes]})")
    size = (*sizes[: min(count, 3)], *(number for number in sizes[3:count] if number > 1))
    refuse_shape(path, size)
    return size if len(size) == 4 else (*size, 1)


def _kind(path: str | PathLike[str], header: Any) -> np.dtype:
    """Type of the stored numbers."""
    from nibabel.spatialimages import HeaderDataError

    try:
        kind: np.dtype = header.get_data_dtype()
    except HeaderDataError as error:
        raise InputError(f"{path}: not a readable image ({one_line(error)})") from None
    if kind.kind not in "iuf":
        what = "complex" if kind.kind == "c" else "colour"
        raise InputError(f"{path}: a {what} image; one label per voxel is needed")
    return kind


def _scaling(path: str | PathLike[str], header: Any) -> tuple[float, float]:
    """Slope and intercept of the stored numbers."""
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not np.isfinite(slope):
        return 1.0, 0.0
    if not np.isfinite(inter):
        raise InputError(f"{path}: scl_inter is {inter}; correct the header")
    return slope, inter


def _start(path: str | PathLike[str], header: Any) -> int:
    """Place of the data in the file."""
    offset = float(header["vox_offset"])
    if not (np.isfinite(offset) and 0 <= offset < 1 << 40):
        raise InputError(f"{path}: not a readable image (vox_offset is {offset:g})")
    return max(int(offset), header.sizeof_hdr)


def _affine(path: str | PathLike[str], header: Any) -> tuple[NDArray[np.float64], list[str]]:
    """Voxel index to patient RAS in mm.

    The sform, if it has a code, as nibabel, FSL and 3D Slicer do, unless it is that of a template and the
    qform the patient's, or a placeholder of voxels of 1 mm; otherwise the qform.
    """
    pixdim = np.array(header["pixdim"][1:4], float)
    refuse_spacing(path, pixdim)
    codes = {name: int(header[f"{name}_code"]) for name in ("sform", "qform")}
    forms = {
        name: form for name, form in (("sform", _sform(header)), ("qform", _qform(header))) if codes[name]
    }
    if not forms:
        raise InputError(f"{path}: no affine (qform_code and sform_code are 0); write the one of the scan")
    notes = []
    if "sform" in forms and _is_placeholder(forms["sform"], pixdim):
        notes.append(
            f"its sform has voxels of 1 mm without position and its pixdim {listed_mm(pixdim)} mm; the sizes "
            "of pixdim are used"
        )
        scaled = forms.pop("sform") @ np.diag([*pixdim, 1])
        forms = forms or {"sform": scaled}
    best = "sform" if "sform" in forms else "qform"
    if len(forms) == 2 and codes["sform"] > 2 and codes["qform"] in (1, 2):
        best = "qform"
    affine = forms[best]
    if not np.isfinite(affine).all():
        raise InputError(f"{path}: its {best} is not of numbers only; write the affine of the scan")
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.allclose(sizes, pixdim, rtol=SIZES):
        raise InputError(
            f"{path}: voxels of {listed_mm(sizes)} mm by its {best}, of {listed_mm(pixdim)} mm by its "
            "pixdim; correct the wrong one in the header"
        )
    if codes[best] > 2:
        notes.append(f"its {best} (code {codes[best]}) gives positions in a template, not in the patient")
    if len(forms) == 2:
        notes += _disagreement(header, forms, codes, best)
    unit = UNITS.get(int(header["xyzt_units"]) & 7, 1.0)
    affine = np.diag([unit, unit, unit, 1.0]) @ affine
    return affine, notes


def _sform(header: Any) -> NDArray[np.float64]:
    """Affine of the sform, whatever its code."""
    return np.array(header.get_sform(), float)


def _qform(header: Any) -> NDArray[np.float64]:
    """Affine of the qform, whatever its code; NaN if its quaternion is none."""
    from nibabel.spatialimages import HeaderDataError

    if header["pixdim"][0] not in (-1, 1):
        header["pixdim"][0] = 1  # as the standard has it
    try:
        return np.array(header.get_qform(), float)
    except (ValueError, HeaderDataError):
        return np.full((4, 4), np.nan)


def _is_placeholder(sform: NDArray, pixdim: NDArray) -> bool:
    """Whether an sform is that of software which knew neither the position nor the sizes of the voxels."""
    axes = np.abs(sform[:3, :3])
    unit = np.isin(axes, (0, 1)).all() and (axes.sum(0) == 1).all() and (axes.sum(1) == 1).all()
    unsized = not np.allclose(pixdim, 1, rtol=SIZES)
    return bool(unit and unsized and not sform[:3, 3].any())


def _disagreement(header: Any, forms: dict[str, NDArray], codes: dict[str, int], best: str) -> list[str]:
    """Note if the two affines place the corners of the image differently."""
    last = np.array(header["dim"][1:4], float) - 1
    corners = np.stack(np.meshgrid(*np.stack([np.zeros(3), last]).T, indexing="ij"), -1).reshape(-1, 3)
    sform, qform = (corners @ form[:3, :3].T + form[:3, 3] for form in (forms["sform"], forms["qform"]))
    apart = np.linalg.norm(sform - qform, axis=1).max()
    if apart <= 0.5 * np.min(header["pixdim"][1:4]):
        return []
    how_far = f"are up to {apart:.3g} mm apart" if np.isfinite(apart) else "disagree"
    both = f"its sform (code {codes['sform']}) and its qform (code {codes['qform']})"
    return [f"{both} {how_far}; the {best} is used"]
