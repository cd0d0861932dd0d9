"""Tables of cases."""

from pathlib import Path

from ecgi.io.volumes import write_volume

from .entries import PHANTOM, Entry, case, phantom, volume


def table(text, name="mine", encoding="utf-8"):
    """A cases table; bytes as they are, text in an encoding."""

    def write():
        Path("hearts.tsv").write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return {"cases_table": "hearts.tsv", "cases": [name]}

    return write


def named(name):
    """A case of some name."""
    return lambda: case({"case": name, **PHANTOM})


def at(path):
    """A heart at some path."""
    return lambda: volume(path)


def here(path):
    """A heart that is there, at a path that is hard to handle."""

    def write():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        sound = phantom()
        write_volume("sound.mha", sound.labels, sound.affine)
        Path("sound.mha").rename(path)
        Path("hearts.tsv").write_text(
            f'case\tkind\tsource\tlabel_map\nmine\tvolume\t"{path.replace(chr(34), chr(34) * 2)}"\tmine\n'
        )
        return {"cases_table": "hearts.tsv", "cases": ["mine"], "label_maps": {"mine": {"lv_wall": [99]}}}

    return write


ROW = "case\tkind\tseed\nmine\tphantom\t2\n"
TABLES = [
    Entry("no table", lambda: {"cases_table": "nowhere.tsv"}, "cases_table: nowhere.tsv does not exist"),
    Entry("a folder for a table", lambda: {"cases_table": "."}, "cases_table: . does not exist"),
    Entry("a table of zero size", table(b""), "hearts.tsv: the table is empty"),
    Entry("a table of remarks", table("# nothing\n"), "hearts.tsv: the table is empty"),
    Entry(
        "a binary table", table(bytes(range(256)) * 9), "hearts.tsv: not a text file; is its ending right?"
    ),
    Entry("a table with NUL", table(b"case\tkind\nmine\0\tphantom\n"), "hearts.tsv"),
    Entry(
        "a table with commas", table(ROW.replace("\t", ",")), "there is no column case, only case,kind,seed"
    ),
    Entry(
        "a table without cases", table(ROW.replace("case", "heart")), "there is no column case, only heart"
    ),
    Entry("a table without kinds", table("case\tseed\nmine\t2\n"), "case mine: kind: Field required"),
    Entry(
        "a table with a foreign column", table(ROW.replace("seed", "sed")), "sed: unknown key; did you mean"
    ),
    Entry(
        "a table with a column twice", table("case\tkind\tkind\nmine\tmesh\tmesh\n"), "two columns are named"
    ),
    Entry(
        "a case that is not there", table(ROW, "yours"), "cases: 'yours' is not in hearts.tsv, which has mine"
    ),
    Entry("a case twice", table(ROW + "mine\tphantom\t3\n"), "case mine: 2 rows have this name"),
    Entry("a case of too many cells", table(ROW + "more\tphantom\t3\t4\n"), "4 cells, and the header has 3"),
    Entry("a case of a wrong number", table(ROW.replace("2", "two")), "case mine: seed: Input should be"),
    Entry(
        "a case of a wrong kind", table(ROW.replace("phantom", "picture")), "case mine: kind: Input should be"
    ),
    Entry(
        "a table in a huge cell", table("case\tkind\nmine\t" + "x" * 200_000), "not a table that can be read"
    ),
    Entry(
        "a table with an open quote",
        table(ROW + '"open\tphantom\t2\n' * 9, "open"),
        "cases: 'open' is not in",
    ),
    Entry("a case above", named("../../mine"), "cases.0: String should match pattern"),
    Entry("a case with a space", named("my heart"), "cases.0: String should match pattern"),
    Entry("a case with a quote", named("mine'\""), "cases.0: String should match pattern"),
    Entry("a case with a command", named("mine;touch x"), "cases.0: String should match pattern"),
    Entry("a case with braces", named("{mine}"), "cases.0: String should match pattern"),
    Entry("a case in Greek", named("καρδιά"), "cases.0: String should match pattern"),
    Entry("a case of two lines", lambda: {"cases": ["mine\n"]}, "cases.0: String should match pattern"),
    Entry("a case without a name", lambda: {"cases": [""]}, "cases.0: String should match pattern"),
    Entry(
        "a heart that is not there",
        at("nowhere.nii"),
        "source 'nowhere.nii' is neither a file nor a download",
    ),
    Entry("a heart at home", at("~/heart.nii"), "source '~/heart.nii' is neither a file nor a download"),
    Entry("a heart on the web", at("https://example.org/heart.nii"), "is neither a file nor a download"),
    Entry("a heart at a long path", at("x" * 5000 + ".nii"), "is neither a file nor a download"),
    Entry("a heart with braces", here("{x}.mha"), "source: a path can't hold braces, line breaks or control"),
    Entry(
        "a heart of two lines", here("a\nb.mha"), "source: a path can't hold braces, line breaks or control"
    ),
    Entry("a heart with a command", here("a b;$(touch x)'\".mha"), "label 99 is not in the volume"),
    Entry("a heart in Greek", here("οι καρδιές/η.mha"), "label 99 is not in the volume"),
]
