"""Tables of electrodes."""

from pathlib import Path

from .entries import PHANTOM, Entry, case, phantom


def electrodes(text, name="electrodes.csv", encoding="utf-8"):
    """A table of electrodes; bytes as they are, text in an encoding."""

    def write():
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return with_electrodes(name)

    return write


def with_electrodes(name):
    return case(PHANTOM) | {
        "electrodes": {"layout": "csv", "file": name},
        "compared": ["training_mean"],
        "evaluation": {"shown_electrodes": [0, 0], "shown_slice": 0},
    }


def in_the_wall():
    heart = phantom()
    x, y, z = heart.positions(heart.wall)[100]
    return electrodes(f"x_mm,y_mm,z_mm\n300,0,0\n{x},{y},{z}\n")()


def electrode_folder():
    Path("electrodes.csv").mkdir()
    return with_electrodes("electrodes.csv")


HEAD = "name,x_mm,y_mm,z_mm\n"
ELECTRODES = [
    Entry(
        "electrodes without z", electrodes("x_mm,y_mm\n1,300\n"), "there is no column z_mm, only x_mm, y_mm"
    ),
    Entry(
        "electrodes without units",
        electrodes("x,y,z\n1,300,3\n"),
        "columns x, y, z have no unit: call them x_mm",
    ),
    Entry(
        "electrodes of two units",
        electrodes("x_mm,y_cm,z_mm\n1,30,3\n"),
        "x_mm and y_cm, two units; give one",
    ),
    Entry(
        "electrodes with marks of thousands",
        electrodes("x_mm;y_mm;z_mm\n1,200;300;3\n"),
        "the comma of '1,200' may stand before decimals or thousands",
    ),
    Entry(
        "electrodes with points and commas",
        electrodes("x_mm;y_mm;z_mm\n1,2;300.5;3\n"),
        "the comma of '1,2' may stand before decimals or thousands",
    ),
    Entry("electrodes of NaN", electrodes(HEAD + "A,1,300,nan\n"), "line 2: z_mm is 'nan'"),
    Entry("infinite electrodes", electrodes(HEAD + "A,1,300,-inf\n"), "line 2: z_mm is '-inf'"),
    Entry("electrodes with an empty cell", electrodes(HEAD + "A,1,,3\n"), "line 2: y_mm is empty"),
    Entry("electrodes with units", electrodes(HEAD + "A,1 mm,300,3\n"), "line 2: x_mm is '1 mm'"),
    Entry("electrodes at 1e300 mm", electrodes(HEAD + "A,1e300,300,3\n"), "line 2: x_mm is '1e300'"),
    Entry(
        "electrodes at one place",
        electrodes(HEAD + "A,1,300,3\nB,1,300,3\n"),
        "the same position as line 2",
    ),
    Entry(
        "electrodes of one name", electrodes(HEAD + "A,1,300,3\nA,1,350,3\n"), "the same name as line 2, A"
    ),
    Entry(
        "electrodes of one name in capitals",
        electrodes(HEAD.replace("name", "Name") + "A,1,300,3\nA,1,350,3\n"),
        "the same name as line 2, A",
    ),
    Entry(
        "electrodes with names elsewhere",
        electrodes(HEAD.replace("name", "place") + "A,1,300,3\nB,1,350,3\n"),
        "column 'place' may hold names of electrodes; call it name",
    ),
    Entry("electrodes in the wall", in_the_wall, "line 3 (E2): in the wall or nearer"),
    Entry("no electrodes", electrodes(HEAD), "there is no electrode below the header"),
    Entry("electrodes of zero size", electrodes(b""), "'electrodes.csv' is empty"),
    Entry("binary electrodes", electrodes(bytes(range(256)) * 9), "electrodes.csv: not a text file"),
    Entry(
        "electrodes in UTF-16 of NaN", electrodes(HEAD + "A,1,nan,3\n", encoding="utf-16"), "y_mm is 'nan'"
    ),
    Entry("electrodes in UTF-32", electrodes(HEAD + "A,1,2,3\n", encoding="utf-32"), "not a text file"),
    Entry(
        "electrodes with too many cells", electrodes(HEAD + "A,1,300,3,4\n"), "5 cells, and the header has 4"
    ),
    Entry("electrodes with a column twice", electrodes("x_mm,x_mm,y_mm,z_mm\n1,2,3,4\n"), "two columns are"),
    Entry("electrodes in a huge cell", electrodes(HEAD + "A" * 200_000), "not a table that can be read"),
    Entry("a folder of electrodes", electrode_folder, "electrodes.csv does not exist"),
]
