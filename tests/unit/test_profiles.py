import re
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
RULES = {
    name: text
    for file in (PROJECT / "workflow/rules").glob("*.smk")
    for name, text in re.findall(r"^rule (\w+):\n((?:\n|    .*\n)*)", file.read_text(), re.MULTILINE)
}
FIGURES = (PROJECT / "workflow/rules/figures.smk").read_text()
RULES |= {
    path.stem: FIGURES.partition("    rule:\n")[2].partition("\nrule ")[0]
    for path in (PROJECT / "workflow/scripts").glob("figure_*.py")
}


def profile(name):
    return yaml.safe_load((PROJECT / f"workflow/profiles/{name}/profile.yaml").read_text())


def test_on_slurm_a_rule_is_part_of_a_group_or_runs_on_the_login_node_or_trains():
    local = {name for name, text in RULES.items() if "localrule: True" in text}
    assert profile("slurm")["groups"].keys() == RULES.keys() - local - {"train_variant", "transfer_variant"}


@pytest.mark.parametrize("name", ["slurm", "gpu"])
def test_a_profile_sets_resources_of_rules_that_exist(name):
    assert profile(name)["set-resources"].keys() <= RULES.keys()


def test_every_rule_states_memory_and_run_time():
    jobs = [text for text in RULES.values() if "script:" in text or "shell:" in text]
    assert all("mem_mb=memory(" in text and "runtime=minutes(" in text for text in jobs)


def test_rules_collect_by_path_patterns_which_storage_providers_can_hold():
    for file in (PROJECT / "workflow/rules").glob("*.smk"):
        assert not re.search(r"expand\([\s\[*]*rules\.", file.read_text()), file.name
