"""Documents of text and figures."""

import itertools
import re

import pytest

from ecgi.reporting.sheets import (
    BULLET,
    MARGIN,
    PAGE,
    WIDTH,
    Document,
    Panel,
    Section,
    _blocks,
    _pages,
    _width,
    wrapped,
    write_html,
    write_pdf,
)

WORDS = "activation begins in the left ventricle and ends in the right one " * 12


@pytest.mark.parametrize("size", [7.0, 10.0])
@pytest.mark.parametrize("width", [40.0, WIDTH])
def test_wrapped_lines_are_no_wider_than_told_and_lose_no_word(size, width):
    lines = wrapped(WORDS, width, size)
    assert " ".join(lines).split() == WORDS.split()
    assert max(_width(line, size) for line in lines) <= width
    assert all(
        _width(f"{line} {after.split()[0]}", size) > width for line, after in itertools.pairwise(lines)
    )


def panel(width, height):
    return Panel(lambda figure: figure.subplots().plot([0, 1]), width, height, f"{width} wide")


@pytest.fixture(scope="module")
def document():
    return Document(
        "Title",
        "Caution & care",
        [
            Section("Words", [("", WORDS), ("label", WORDS)]),
            Section("Beside", [("", WORDS)], [panel(60.0, 40.0)]),
            Section("Below", [("", WORDS)], [panel(100.0, 150.0), panel(80.0, 90.0)]),
            Section("List", [(BULLET, f"item {number}") for number in range(80)], size_pt=7),
        ],
    )


def test_nothing_on_a_page_lies_on_anything_else_or_beyond_its_margins(document):
    for blocks in _pages(_blocks(document)):
        assert sum(block.height_mm for block in blocks) <= PAGE[1] - 2 * MARGIN
        for block in blocks:
            boxes = [
                (line.x_mm, line.y_mm, _width(line.text, line.size_pt, line.bold), line.size_pt * 25.4 / 72)
                for line in block.lines
            ] + [(x, y, one.width_mm, one.height_mm) for one, x, y in block.panels]
            for number, (x, y, width, height) in enumerate(boxes):
                assert x >= 0
                assert x + width <= WIDTH + 0.01
                assert y + height <= block.height_mm + 0.01
                for left, top, wide, high in boxes[:number]:
                    assert (
                        x >= left + wide - 0.01
                        or left >= x + width - 0.01
                        or y >= top + high
                        or top >= y + height
                    )


def test_a_heading_stays_with_what_it_heads(document):
    for blocks in _pages(_blocks(document)):
        for block in blocks:
            bold = [line.text for line in block.lines if line.size_pt > 9 and line.bold]
            if {"Words", "Beside", "Below", "List"} & set(bold):
                assert len(block.lines) > 1 or block.panels


def test_the_pdf_has_as_many_pages_as_it_takes_and_the_html_all_of_it(document, tmp_path):
    write_pdf(tmp_path / "it.pdf", document)
    assert len(re.findall(rb"/Type /Page\b", (tmp_path / "it.pdf").read_bytes())) == len(
        list(_pages(_blocks(document)))
    )
    write_html(tmp_path / "it.html", document)
    page = (tmp_path / "it.html").read_text()
    assert page.count("<img ") == 3
    assert page.count("<li>") == 80
    assert "Caution &amp; care" in page
