"""Digests of the code that a script runs: of the script and of all modules that it imports from the package.

Files are named relative to the workflow, so that a digest is the same wherever the workflow lies.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGE = "ecgi"
COMPANIONS = (".html", ".js")  # data that a module reads from files of its own name


class CodeDigests:
    """Digests of the scripts of a workflow.

    Each file is read once, so an instance describes the files as they were when it first read them.

    Parameters
    ----------
    root : pathlib.Path
        Folder that holds the package and, in `scripts/`, the scripts.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._contents: dict[Path, bytes] = {}
        self._imports: dict[Path, set[Path]] = {}

    def digest(self, script: str, *modules: str) -> str:
        """Digest of the files of a script, see `files`.

        Parameters
        ----------
        script : str
            Name of the script, without its ending.
        *modules : str
            Modules that it imports by a name known at run time only, such as "models.paper".

        Returns
        -------
        str
            16 hexadecimal digits.
        """
        whole = hashlib.sha256()
        for name in self.files(script, *modules):
            whole.update(f"{name}\0{hashlib.sha256(self._read(self.root / name)).hexdigest()}\n".encode())
        return whole.hexdigest()[:16]

    def files(self, script: str, *modules: str) -> list[str]:
        """Files that a script consists of: itself, what it imports directly or indirectly, and companions.

        Imports inside functions count, those under `if TYPE_CHECKING` do not.

        Parameters
        ----------
        script, *modules : str
            As for `digest`.

        Returns
        -------
        list of str
            Sorted, relative to the root.

        Raises
        ------
        FileNotFoundError
            If there is no such script or module.
        """
        starts = {self.root / "scripts" / f"{script}.py"}
        for module in modules:
            starts |= self._files_of((PACKAGE, *module.split(".")), required=True)
        found: set[Path] = set()
        while starts:
            path = starts.pop()
            found.add(path)
            starts |= self._imported(path) - found
        return sorted(
            str(file.relative_to(self.root))
            for path in found
            for file in (path, *map(path.with_suffix, COMPANIONS))
            if file == path or file.is_file()
        )

    def _read(self, path: Path) -> bytes:
        if path not in self._contents:
            self._contents[path] = path.read_bytes()
        return self._contents[path]

    def _imported(self, path: Path) -> set[Path]:
        """Files of the package that a file imports."""
        if path not in self._imports:
            tree = ast.parse(self._read(path), str(path))
            modules = [
                name for node in _statements(tree.body) for name in _modules(node, self._package_of(path))
            ]
            self._imports[path] = set().union(*map(self._files_of, modules))
        return self._imports[path]

    def _package_of(self, path: Path) -> tuple[str, ...]:
        return path.parent.relative_to(self.root).parts

    def _files_of(self, module: tuple[str, ...], required: bool = False) -> set[Path]:
        """Files that the import of a module runs: its own and the `__init__` of each package above it."""
        if module[0] != PACKAGE:
            return set()
        paths = [self.root.joinpath(*module[:depth]) for depth in range(1, len(module) + 1)]
        own = [path for path in (paths[-1].with_suffix(".py"), paths[-1] / "__init__.py") if path.is_file()]
        if required and not own:
            raise FileNotFoundError(f"{'.'.join(module)}: there is no such module")
        return {*(path / "__init__.py" for path in paths[:-1] if path.is_dir()), *own}


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Statements of a file, nested ones included, except those for type checkers only."""
    for node in body:
        yield node
        inner = ["body", "orelse", "finalbody", "handlers", "cases"]
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            inner.remove("body")
        for name in inner:
            yield from _statements(getattr(node, name, ()))


def _modules(node: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Modules that an import statement names, or may name: `from a import b` is of `a` and perhaps `a.b`."""
    if isinstance(node, ast.Import):
        yield from (tuple(name.name.split(".")) for name in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) + 1 - node.level] if node.level else ()
        base += tuple(node.module.split(".")) if node.module else ()
        yield base
        yield from ((*base, name.name) for name in node.names)
