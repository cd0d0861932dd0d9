"""Recordings, for `snakemake predict`."""

import pickle
import struct
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.io import savemat

from ecgi.io.volumes import write_volume

from .entries import LABEL_MAP, PHANTOM, Entry, case, phantom
from .pickles import Code, pickled, pickling_array

SAMPLES, RATE_HZ = 200, 500
SIXTEEN = [f"E{number}" for number in range(1, 17)]  # the electrodes of tiny.yaml


def beat():
    """A beat in mV on 16 leads, shape (lead, time)."""
    moments = np.arange(SAMPLES) - 80
    leads = np.linspace(-1, 1, 16)[:, None] + 0.1
    return leads * moments * np.exp(-((moments / 25) ** 2)) / 10


def recorded(name, **subject):
    """Settings for a recording of the phantom's heart."""
    return case(PHANTOM) | {
        "subject": {"case": "mine", "bsp": name, "units": "mV", "sampling_hz": RATE_HZ, **subject}
    }


def recording(change=lambda signals: signals, name="bsp.npy", **subject):
    """A recording whose numbers are changed, as an array."""

    def write():
        np.save(name, change(beat()))
        return recorded(name, **subject)

    return write


def recording_file(name, data, **subject):
    """A recording that is some other bytes or text."""

    def write():
        Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return recorded(name, **subject)

    return write


def recording_store(name, store, **subject):
    """A recording in a store made of the beat; `store` gets its path and the signals."""

    def write():
        store(name, beat())
        return recorded(name, **subject)

    return write


def sheet(signals, times=None, header=SIXTEEN, edit=lambda text: text):
    """A recording as CSV text, a column of times before it if there are any."""
    columns = signals if times is None else np.vstack([times, signals])
    header = list(header) if times is None else ["time_ms", *header]
    lines = [",".join(f"{value:.6g}" for value in row) for row in columns.T]
    return edit("\n".join([",".join(header), *lines]) + "\n")


def timed(times, **subject):
    """A recording whose samples are at other times."""
    return recording_file("bsp.csv", sheet(beat(), times), **{"sampling_hz": None, **subject})


def unreadable_lead(signals):
    signals[:9] = np.nan
    return signals


def linked(target, name="bsp.csv"):
    """A recording that is a link."""

    def write():
        Path(name).symlink_to(target)
        return recorded(name)

    return write


def recording_folder():
    Path("bsp.csv").mkdir()
    return recorded("bsp.csv")


def pickled_recording():
    pickled("bsp.npy")
    return recorded("bsp.npy")


def pickling_recording():
    pickling_array(Path("bsp.zarr/bsp"), ["electrode", "time"], ["vlen-utf8", "pickle"])
    return recorded("bsp.zarr")


def broken_recording():
    xr.Dataset({"bsp": (("electrode", "time"), beat())}).to_zarr("bsp.zarr", consolidated=False)
    for chunk in Path("bsp.zarr/bsp/c").rglob("*/*"):
        chunk.write_bytes(b"broken")
    return recorded("bsp.zarr")


def newer_matlab():
    head = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    Path("bsp.mat").write_bytes(head.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n" + bytes(64))
    return recorded("bsp.mat")


def matlab(units="mV", **variables):
    def write():
        savemat("bsp.mat", variables)
        return recorded("bsp.mat", units=units)

    return write


TWO_BEATS = [{"potvals": beat()}, {"potvals": beat()}]


def string_array():
    """Names as an array of strings, an object that MATLAB keeps in a form of its own."""

    def element(kind, content):
        return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)

    texts = b"".join(element(1, text) for text in (b"names", b"MCOS", b"string"))
    savemat("bsp.mat", {"bsp": beat()})
    with Path("bsp.mat").open("ab") as file:
        file.write(element(14, element(6, struct.pack("<II", 17, 0)) + texts))
    return recorded("bsp.mat")


def with_channels(lines):
    def write():
        np.save("bsp.npy", beat())
        Path("my.channels").write_text(lines)
        return recorded("bsp.npy", channels="my.channels")

    return write


def limb_leads():
    names = ["I", "II", "III", "aVR", "aVL", "aVF", *(f"V{number}" for number in range(1, 7))]
    Path("bsp.csv").write_text(sheet(beat()[:12], header=names))
    return recorded("bsp.csv") | {
        "electrodes": {"layout": "twelve_lead"},
        "compared": ["training_mean"],
        "evaluation": {"shown_electrodes": [0, 0], "shown_slice": 0},
    }


def named_channels():
    np.savez("bsp.npz", bsp=np.vstack([beat(), beat()]), channels=np.arange(1, 33))
    return recorded("bsp.npz")


def as_dataset(*dims, change=lambda signals: signals):
    def write(path, signals):
        xr.Dataset({"bsp": (dims, change(signals))}).to_zarr(path, consolidated=False)

    return write


def own_heart(scale=1.0, **changes):
    """A subject that brings a heart of its own, its files changed or missing."""

    def write():
        heart = phantom()
        write_volume("heart.nii.gz", heart.labels, heart.affine)
        places = heart.positions(heart.wall).mean(0) + 120 * np.eye(3)[[0, 1, 2, 0, 1, 2]] * np.array(
            [[1], [1], [1], [-1], [-1], [-1]]
        )
        rows = "\n".join(",".join(f"{scale * value:.6g}" for value in place) for place in places)
        Path("electrodes.csv").write_text(f"x_mm,y_mm,z_mm\n{rows}\n")
        np.save("bsp.npy", beat()[:6])
        subject = {
            "case": "own",
            "segmentation": "heart.nii.gz",
            "labels": LABEL_MAP,
            "electrodes": "electrodes.csv",
            "bsp": "bsp.npy",
            "units": "mV",
            "sampling_hz": RATE_HZ,
        }
        return case(PHANTOM) | {"subject": {**subject, **changes}}

    return write


RISING = np.arange(SAMPLES) * 1000 / RATE_HZ
NO_LEADS = "only 0 of 16 leads can be used"
UNITS = "mV are plausible on the skin; set units to what the file has"
RECORDINGS = [
    Entry("a recording of NaN", recording(lambda x: x * np.nan), f"{NO_LEADS}; values that are not numbers"),
    Entry("a recording of infinity", recording(lambda x: x / 0.0), NO_LEADS),
    Entry("a recording of NaN on most leads", recording(unreadable_lead), "only 7 of 16 leads can be used"),
    Entry("a recording of dead leads", recording(lambda x: 0 * x + 3), f"{NO_LEADS}; flat: 16"),
    Entry("a recording of clipped leads", recording(lambda x: np.clip(x, -1e-2, 1e-2)), "clipped: 1"),
    Entry("a recording in uV for mV", recording(lambda x: 1e3 * x), UNITS),
    Entry("a recording in mV for V", recording(units="V"), UNITS),
    Entry("a recording in V for uV", recording(lambda x: 1e-3 * x, units="uV"), UNITS),
    Entry("a recording of huge numbers", recording(lambda x: 1e100 * x), UNITS),
    Entry("a recording of 15 leads", recording(lambda x: x[:15]), "15 leads, but there are 16 electrodes"),
    Entry("a recording of 5 samples", recording(lambda x: x[:, 60:65]), "5 samples are too few for a beat"),
    Entry("a recording of nothing", recording(lambda x: x[:, :0]), "no matrix of numbers with two dim"),
    Entry("a recording of one lead", recording(lambda x: x[3]), "no matrix of numbers with two dim"),
    Entry("a recording of 16 samples", recording(lambda x: x[:, 60:76]), "can't be distinguished"),
    Entry("a recording of complex numbers", recording(lambda x: x + 1j), "no matrix of numbers with two dim"),
    Entry("a recording of truths", recording(lambda x: x > 0), "no matrix of numbers with two dim"),
    Entry("a recording of words", recording(lambda x: x.astype(str)), "no matrix of numbers with two dim"),
    Entry("a recording as pickles", pickled_recording, "bsp.npy: holds Python objects"),
    Entry("a pickle named npy", recording_file("bsp.npy", pickle.dumps(Code())), "bsp.npy: holds Python obj"),
    Entry("an npy cut short", recording_file("bsp.npy", b"\x93NUMPY\x01\0"), "bsp.npy: not a NumPy file"),
    Entry("a recording of zero size", recording_file("bsp.npy", b""), "subject.bsp 'bsp.npy' is empty"),
    Entry("an npz that is none", recording_file("bsp.npz", b"PK\3\4 and no more"), "bsp.npz: not a NumPy"),
    Entry("a broken mat of v7.3", newer_matlab, "bsp.mat: not a MATLAB file that can be read"),
    Entry("a mat of strings", string_array, "names is an object of MATLAB, which is not read; save names by"),
    Entry("a mat of two structures", matlab(ts=TWO_BEATS), "ts holds 2 recordings; save one beat alone"),
    Entry(
        "a mat of other units", matlab(ts={"potvals": beat(), "unit": "uV"}), "are in uV, and units says mV"
    ),
    Entry("a mat without units", matlab(units=None, ts={"potvals": beat()}), "states no unit of potentials"),
    Entry(
        "a mat of other bad leads", matlab(ts={"potvals": beat(), "badleads": [17.0]}), "badleads must have"
    ),
    Entry("a mat without a matrix", matlab(note="paced", rate=500.0), "no matrix of numbers with two dim"),
    Entry("a mat with two matrices", matlab(a=beat(), b=beat()), "bsp.mat: holds a, b; save the one of the"),
    Entry("a mat that is none", recording_file("bsp.mat", "no matrix\nhere"), "bsp.mat: not a MATLAB file"),
    Entry("a mat cut short", recording_file("bsp.mat", bytes(124) + b"\x00\x01IM\x0f"), "not a MATLAB file"),
    Entry(
        "a csv with words",
        recording_file("bsp.csv", sheet(beat(), edit=lambda text: text + ",".join(["loose"] * 16))),
        "line 202, column 1: 'loose' is not a number",
    ),
    Entry(
        "a csv with commas for points",
        recording_file("bsp.csv", sheet(beat()).replace(",", ";").replace(".", ",", 1)),
        "may stand before decimals or thousands; write a point before decimals",
    ),
    Entry(
        "a csv with a line too short",
        recording_file("bsp.csv", sheet(beat()) + "1,2\n"),
        "line 202: 2 cells, where line 1 has 16",
    ),
    Entry("a csv of a header", recording_file("bsp.csv", ",".join(SIXTEEN)), "a header and no samples below"),
    Entry("a csv of blanks", recording_file("bsp.csv", " \n\n"), "bsp.csv: the file is empty"),
    Entry(
        "a short csv in UTF-16", recording_file("bsp.csv", sheet(beat()[:, :5]).encode("utf-16")), "5 samples"
    ),
    Entry("a csv in UTF-32", recording_file("bsp.csv", sheet(beat()).encode("utf-32")), "not a text file"),
    Entry(
        "a csv in a huge cell",
        recording_file("bsp.csv", "9" * 200_000),
        "bsp.csv, line 1: not a table that can be read",
    ),
    Entry(
        "a csv with other names",
        recording_file("bsp.csv", sheet(beat(), header=[*SIXTEEN[:14], "a", "b"])),
        "there is no lead E15, E16, though others have names of electrodes",
    ),
    Entry(
        "a csv with a name twice",
        recording_file("bsp.csv", sheet(np.vstack([beat(), beat()[:1]]), header=[*SIXTEEN, "E1"])),
        "two leads are called E1",
    ),
    Entry(
        "a csv with letters for names",
        recording_file("bsp.csv", sheet(beat(), header="abcdefghijklmnop")),
        "no lead has the name of an electrode: its leads are a, b, c, d, e and 11 more, the electrodes E1",
    ),
    Entry(
        "a csv with numbers from zero",
        recording_file("bsp.csv", sheet(beat(), header=map(str, range(16)))),
        "there is no lead E16, though others",
    ),
    Entry(
        "a csv with half of the numbers",
        recording_file("bsp.csv", sheet(beat(), header=map(str, [*range(1, 11), *range(21, 27)]))),
        "its first line, 1, 2, 3, 4, 5 and 11 more, may name the leads or be a sample",
    ),
    Entry(
        "a csv with a column without name",
        recording_file("bsp.csv", sheet(np.vstack([RISING, beat()]), header=["", *SIXTEEN])),
        "column 1 has no name and does not count the samples; call it time_ms",
    ),
    Entry(
        "an npz of channels",
        named_channels,
        "32 numbered leads, 1, 2, 3, 4, 5 and 27 more, for 16 electrodes",
    ),
    Entry(
        "a mat with too few names",
        matlab(bsp=beat(), labels=np.array(SIXTEEN[:9], object)),
        "9 names in labels, for 16 or 200 leads",
    ),
    Entry(
        "a csv in minutes",
        recording_file("bsp.csv", sheet(beat(), RISING).replace("time_ms", "Time [min]")),
        "the unit of column Time [min], 'min', is not understood",
    ),
    Entry(
        "a csv with times in capitals at another rate",
        recording_file("bsp.csv", sheet(beat(), RISING).replace("time_ms", "TIME (ms)"), sampling_hz=1000),
        "in column TIME (ms), its times are 2 ms apart, and sampling_hz gives 1",
    ),
    Entry(
        "a mat at another rate",
        matlab(ts={"potvals": beat(), "samplefrequency": 2000.0}),
        "by ts.samplefrequency, its samples are 0.5 ms apart, and sampling_hz gives 2",
    ),
    Entry(
        "a mat of two rates",
        matlab(bsp=beat(), fs=500.0, dt_ms=1.0),
        "by fs, its samples are 2 ms apart, and dt_ms gives 1; correct one in the file",
    ),
    Entry("times that run backwards", timed(RISING[::-1]), "times must be numbers that rise from sample"),
    Entry("times that stand still", timed(RISING // 50), "times must be numbers that rise from sample"),
    Entry("times of NaN", timed(RISING * np.nan), "times must be numbers that rise from sample"),
    Entry("times in seconds", timed(RISING / 1000), "5e+05 samples per second, where 50 to 100000 are pl"),
    Entry("times in microseconds", timed(RISING * 1000), "0.5 samples per second, where 50 to 100000 are pl"),
    Entry(
        "times that jump", timed(np.where(RISING > 200, RISING + 1e5, RISING)), "from the sample at 200 ms"
    ),
    Entry("times at another rate", timed(RISING, sampling_hz=1000), "2 ms apart, and sampling_hz gives 1"),
    Entry("no times and no rate", recording(sampling_hz=None), "holds no times; set sampling_hz"),
    Entry("a rate in kHz", recording(sampling_hz=0.5), "0.5 samples per second, where 50 to 100000 are plau"),
    Entry("an onset after the end", recording(onset_ms=1e5), "onset_ms 100000 lies outside the recording"),
    Entry("an onset at the end", recording(onset_ms=397), "1 samples from onset_ms 397 on are too few"),
    Entry("text named zarr", recording_file("bsp.zarr", "no store"), "bsp.zarr: not a Zarr store"),
    Entry(
        "a folder named zarr", recording_store("bsp.zarr", lambda path, _: Path(path).mkdir()), "not a Zarr"
    ),
    Entry("a broken zarr", broken_recording, "bsp.zarr: not a Zarr store that can be read"),
    Entry("a zarr with a pickling codec", pickling_recording, "bsp.zarr: not a Zarr store that can be read"),
    Entry("a zarr without bsp", recording_store("bsp.zarr", as_dataset("lead", "sample")), "no variable bsp"),
    Entry(
        "a zarr of words",
        recording_store("bsp.zarr", as_dataset("electrode", "time", change=lambda x: x.astype(str))),
        "bsp must hold numbers",
    ),
    Entry(
        "a zarr of two beats",
        recording_store("bsp.zarr", as_dataset("beat", "electrode", "time", change=lambda x: [x, x])),
        "bsp holds 2 of beat, 16 of electrode, 200 of time; save one beat alone",
    ),
    Entry(
        "a zarr of one sample",
        recording_store("bsp.zarr", as_dataset("electrode", "time", change=lambda x: x[:, :1])),
        "1 samples are too few for a beat",
    ),
    Entry("a link to itself", linked("bsp.csv"), "subject.bsp 'bsp.csv' is no file"),
    Entry("a link to a device", linked("/dev/zero"), "subject.bsp 'bsp.csv' is no file"),
    Entry("a folder named csv", recording_folder, "subject.bsp 'bsp.csv' is no file"),
    Entry("a recording that is not there", lambda: recorded("nowhere.csv"), "'nowhere.csv' is no file"),
    Entry(
        "a recording in DOC", recording_file("bsp.doc", b"0"), "is no recording; it must end in .csv, .tsv"
    ),
    Entry("an edf that is none", recording_file("bsp.edf", b"0"), "not an EDF or BDF file that can be read"),
    Entry(
        "a bdf that is none", recording_file("bsp.bdf", b"\xffBIOSEMI"), "not an EDF or BDF file that can be"
    ),
    Entry(
        "a record without signals",
        recording_file("bsp.hea", "bsp 1 500 9\nbsp.dat 16\n"),
        "not a WFDB record",
    ),
    Entry(
        "a record above", recording_file("bsp.hea", "bsp 1 500 9\n../../etc/passwd 8\n"), "not a WFDB record"
    ),
    Entry("channels that are not there", recording(channels="my.channels"), "'my.channels' is no file"),
    Entry(
        "channels of another recording",
        with_channels("1 17\n"),
        "there is no channel 17; bsp.npy has 1 to 16",
    ),
    Entry("channels of a few electrodes", with_channels("1 3\n2 4\n"), "electrode 3 of 16 has no channel"),
    Entry("limb leads of wrong signs", limb_leads, "limb leads contradict each other"),
    Entry(
        "electrodes in metres", own_heart(scale=1e-3), "read as m nothing is unusual: if they are, call the"
    ),
    Entry("electrodes in centimetres", own_heart(scale=0.1), "call the columns x_cm, y_cm and z_cm"),
    Entry("a recording with braces", lambda: recorded("{x}.csv"), "subject.bsp: a path can't hold braces"),
    Entry("units of no one", recording(units="kV"), "subject.units: Input should be 'mV', 'uV' or 'V'"),
    Entry("a method that is none", recording(methods=["oracle"]), "subject.methods: 'oracle' is no method"),
    Entry(
        "a method without maps",
        recording(methods=["bsp_vae"]),
        "subject.methods: 'bsp_vae' has no maps from BSP",
    ),
    Entry(
        "a method of another heart",
        own_heart(methods=["nearest_neighbour"]),
        "nearest_neighbour was trained on mine and can't take 'own'",
    ),
    Entry("a subject above", own_heart(case="../own"), "subject.case: String should match pattern"),
    Entry("a subject without labels", own_heart(labels=None), "subject.labels is needed"),
    Entry("a subject without a heart", own_heart(segmentation="nowhere.nii"), "'nowhere.nii' is no file"),
    Entry("a subject of wrong labels", own_heart(labels={"lv_wall": [9]}), "lv_wall: label 9 is not in the"),
    Entry("a subject's other leads", own_heart(bsp="other.npy"), "subject.bsp 'other.npy' is no file"),
]
