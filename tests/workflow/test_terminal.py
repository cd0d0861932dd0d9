"""What a run prints."""

import re

TARGET = "results/tiny/anatomy/phantom02/slices.tsv"


def test_each_job_is_one_line_with_the_steps_done(checkout):
    printed = checkout.snakemake("--cores", "1", TARGET)
    assert re.search(r"^\d\d:\d\d Reading the heart phantom02$", printed, re.MULTILINE)
    told = r"\(1 of \d steps done, about \d+ min left\)"
    assert re.search(rf"^\d\d:\d\d Slicing the heart phantom02 {told}$", printed, re.MULTILINE)
    assert not re.search("Select jobs|Execute 1 jobs|Finished jobid|^Job [0-9]", printed, re.MULTILINE)
    assert re.search(r"^(\d) of \1 steps \(100%\) done$", printed, re.MULTILINE)


def test_all_that_snakemake_says_is_shown_if_wanted(checkout):
    printed = checkout.snakemake("--quiet", "host", "--cores", "1", TARGET)
    assert re.search("^Reason: Missing output files: ", printed, re.MULTILINE)
    assert "Finished jobid" in printed
