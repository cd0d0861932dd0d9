import shutil
from pathlib import Path

import pytest

from ecgi.core.code_digest import CodeDigests

WORKFLOW = Path(__file__).parents[2] / "workflow"
FILES = {
    "scripts/fit.py": "import numpy\nfrom ecgi.physics import waves\n",
    "scripts/draw.py": "import ecgi.reporting.page as page\n",
    "ecgi/__init__.py": "",
    "ecgi/core/__init__.py": "",
    "ecgi/core/errors.py": "",
    "ecgi/physics/__init__.py": "",
    "ecgi/physics/waves.py": "if True:\n    def solve():\n        from ..core.errors import InputError\n",
    "ecgi/physics/beats.py": "from . import waves\n",
    "ecgi/models/__init__.py": "",
    "ecgi/models/paper.py": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..reporting import page\n"
        "else:\n    from ..physics import beats\n"
    ),
    "ecgi/reporting/__init__.py": "",
    "ecgi/reporting/page.py": "from ..physics.beats import waves\n",
    "ecgi/reporting/page.html": "<p>",
    "ecgi/reporting/other.js": "",
}


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "workflow" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "workflow"


def test_imports_are_followed_into_functions_and_through_packages(root):
    assert CodeDigests(root).files("fit") == [
        "ecgi/__init__.py",
        "ecgi/core/__init__.py",
        "ecgi/core/errors.py",
        "ecgi/physics/__init__.py",
        "ecgi/physics/waves.py",
        "scripts/fit.py",
    ]


def test_a_page_of_a_modules_own_name_belongs_to_it(root):
    files = CodeDigests(root).files("draw")
    assert {"ecgi/reporting/page.py", "ecgi/reporting/page.html", "ecgi/physics/waves.py"} <= set(files)
    assert "ecgi/reporting/other.js" not in files


def test_a_module_that_is_named_at_run_time_counts_with_its_imports_but_not_those_for_types(root):
    added = {*CodeDigests(root).files("fit", "models.paper")} - {*CodeDigests(root).files("fit")}
    assert added == {"ecgi/models/__init__.py", "ecgi/models/paper.py", "ecgi/physics/beats.py"}
    with pytest.raises(FileNotFoundError, match=r"ecgi\.models\.papers: there is no such module"):
        CodeDigests(root).files("fit", "models.papers")


@pytest.mark.parametrize("name", FILES)
def test_an_edit_changes_the_digests_of_what_depends_on_it_and_no_others(root, name):
    jobs = [("fit",), ("draw",), ("fit", "models.paper")]
    code = CodeDigests(root)
    before = [code.digest(*job) for job in jobs]
    (root / name).write_text(FILES[name] + "\n")
    after = [CodeDigests(root).digest(*job) for job in jobs]
    changed = [old != new for old, new in zip(before, after, strict=True)]
    assert changed == [name in code.files(*job) for job in jobs]


def all_digests(root):
    digests = CodeDigests(root)
    return [digests.digest(path.stem) for path in sorted((root / "scripts").glob("*.py"))]


def test_a_copy_a_symlink_and_a_relative_path_have_the_digests_of_the_original(tmp_path, monkeypatch):
    for name in ("ecgi", "scripts"):
        shutil.copytree(WORKFLOW / name, tmp_path / "copy" / name)
    (tmp_path / "link").symlink_to(WORKFLOW)
    monkeypatch.chdir(tmp_path)
    original = all_digests(WORKFLOW)
    assert len(original) > 20
    assert original == all_digests(tmp_path / "copy")
    assert original == all_digests(tmp_path / "link")
    assert original == all_digests(Path("copy"))
