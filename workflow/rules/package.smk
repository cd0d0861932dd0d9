# Finds the package ecgi, in the folder beside these rules, and the code that each rule runs.
#
# Rules of github(...) or gitlab(...), as a module may have, bring no package: it is taken from the same
# commit, once, into .snakemake/ecgi/<commit>/.

import os
import sys
import tarfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from snakemake.sourcecache import HostingProviderFile, LocalSourceFile


def folder_of_workflow(rules):
    """Folder with the package, the scripts and the pages of the report."""
    if isinstance(rules, LocalSourceFile):
        return Path(rules.get_path_or_uri(secret_free=True)).parent
    if isinstance(rules, HostingProviderFile):
        return unpacked(rules.hosted_repo.repo, rules.ref, Path(rules.path).parent)
    sys.exit(
        "module: the snakefile must be a path into a clone, or github(...) or gitlab(...); other "
        "addresses give the rules without the package ecgi and the scripts that they run"
    )


def unpacked(repository, ref, folder):
    """A folder of a commit and the folder config beside it, as files; returns the first."""
    commit = repository.commit(ref).hexsha
    files = Path(".snakemake/ecgi").absolute() / commit
    if not files.is_dir():
        files.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile() as archive, TemporaryDirectory(dir=files.parent) as scratch:
            repository.archive(archive, commit, path=[folder, folder.with_name("config")])
            archive.seek(0)
            tarfile.open(fileobj=archive).extractall(f"{scratch}/files", filter="data")
            with suppress(OSError):  # another process was faster
                os.rename(f"{scratch}/files", files)
    return files / folder


WORKFLOW = folder_of_workflow(workflow.current_basedir)
sys.path.insert(0, str(WORKFLOW))
os.environ |= {"PYTHONPATH": str(WORKFLOW)}

from ecgi.core.code_digest import CodeDigests

digest_of = CodeDigests(WORKFLOW).digest
