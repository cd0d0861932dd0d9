"""A document of text and figures, written as a PDF of A4 pages and as one HTML file."""

from __future__ import annotations

import base64
import io
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.font_manager import FontProperties
from matplotlib.gridspec import GridSpec
from matplotlib.textpath import text_to_path

from .figures.style import MM, OUTPUT, STYLE, saved_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from os import PathLike

    from matplotlib.figure import Figure, FigureBase

PAGE = (210.0, 297.0)  # mm
MARGIN = 10.0  # mm
WIDTH = PAGE[0] - 2 * MARGIN  # of text and figures, mm
POINT = 25.4 / 72  # mm
LEADING = 1.35  # from line to line, in font sizes
GAP = 2.5  # before a heading and between text and figures, mm
BESIDE = 95.0  # width beside figures from which text stands there, mm
TITLE_PT, HEADING_PT = 14.0, 9.5
BULLET = "•"
SMALLEST = 0.78  # share of their width to which pictures are shrunk on a small screen; then they scroll
PIXELS_PER_INCH = 200  # of pictures in HTML


class Panel(NamedTuple):
    """A figure.

    Attributes
    ----------
    draw : callable
        Draws it.
    width_mm, height_mm : float
    alt : str
        What it shows, for those who can't see it.
    """

    draw: Callable[[FigureBase], None]
    width_mm: float
    height_mm: float
    alt: str


class Section(NamedTuple):
    """Part of a document.

    Attributes
    ----------
    heading : str
    rows : sequence of tuple of 2 str
        Paragraphs with what stands to the left of them: a label, `BULLET`, or nothing.
    panels : sequence of Panel
        Figures, side by side.
    size_pt : float
        Size of the text.
    """

    heading: str
    rows: Sequence[tuple[str, str]] = ()
    panels: Sequence[Panel] = ()
    size_pt: float = 8.0


class Document(NamedTuple):
    """Text and figures.

    Attributes
    ----------
    title : str
    caution : str
        A sentence below the title.
    sections : sequence of Section
    """

    title: str
    caution: str
    sections: Sequence[Section]


class Line(NamedTuple):
    """A line of text on a page.

    Attributes
    ----------
    x_mm, y_mm : float
        Its left end and its top, from the upper left corner of its block.
    text : str
    size_pt : float
    bold : bool
    colour : str or tuple
    """

    x_mm: float
    y_mm: float
    text: str
    size_pt: float
    bold: bool = False
    colour: object = "black"


class Block(NamedTuple):
    """What is not divided between pages.

    Attributes
    ----------
    height_mm : float
    lines : list of Line
    panels : list of tuple of Panel and 2 float
        Figures with their upper left corners in the block, mm.
    """

    height_mm: float
    lines: list[Line]
    panels: list[tuple[Panel, float, float]]


def write_pdf(path: str | PathLike, document: Document) -> None:
    """Write a document on as many A4 pages as it takes.

    Parameters
    ----------
    path : path-like
    document : Document
    """
    with saved_pages(path) as new_page:
        for blocks in _pages(_blocks(document)):
            with new_page((PAGE[0] * MM, PAGE[1] * MM)) as figure:
                top = MARGIN
                for block in blocks:
                    _place(figure, block, top)
                    top += block.height_mm


def write_html(path: str | PathLike, document: Document) -> None:
    """Write a document as an HTML file that needs no other.

    Parameters
    ----------
    path : path-like
    document : Document
    """
    page = Template(Path(__file__).with_suffix(".html").read_text()).substitute(
        title=escape(document.title),
        caution=escape(document.caution),
        sections="\n".join(map(_section, document.sections)),
    )
    Path(path).write_text(page, encoding="utf-8")


def _section(section: Section) -> str:
    """Section as HTML."""
    heading = escape(section.heading)
    pictures = "\n".join(_picture(panel, heading) for panel in section.panels)
    return f"<section>\n<h2>{heading}</h2>\n{_words(section.rows)}\n{pictures}\n</section>"


def _words(rows: Sequence[tuple[str, str]]) -> str:
    """Paragraphs as HTML: a list if they have bullets, pairs if they have other labels."""
    labels = {label for label, _ in rows}
    if labels == {BULLET}:
        return f"<ul>{''.join(f'<li>{escape(text)}</li>' for _, text in rows)}</ul>"
    if labels == {""}:
        return "".join(f"<p>{escape(text)}</p>" for _, text in rows)
    pairs: list[str] = []
    for label, text in rows:
        if label or not pairs:
            pairs.append(f"<dt>{escape(label)}</dt>")
        pairs.append(f"<dd>{escape(text)}</dd>")
    return f"<dl>{''.join(pairs)}</dl>"


def _picture(panel: Panel, heading: str) -> str:
    """Figure as HTML, which keeps a width at which its letters can be read."""
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(panel.width_mm * MM, panel.height_mm * MM), layout="constrained")
        panel.draw(figure)
        written = io.BytesIO()
        figure.savefig(written, format="png", dpi=PIXELS_PER_INCH, metadata={"Software": None})
        plt.close(figure)
    data = base64.b64encode(written.getvalue()).decode()
    size = f"width:{panel.width_mm:g}mm;min-width:{SMALLEST * panel.width_mm:g}mm"
    image = f'<img style="{size}" alt="{escape(panel.alt)}" src="data:image/png;base64,{data}">'
    return f'<div class="picture" tabindex="0" role="group" aria-label="Figure of: {heading}">{image}</div>'


def _pages(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks of each page."""
    page: list[Block] = []
    free = PAGE[1] - 2 * MARGIN
    for block in blocks:
        if page and block.height_mm > free:
            yield page
            page, free = [], PAGE[1] - 2 * MARGIN
        page.append(block)
        free -= block.height_mm
    yield page


def _place(figure: Figure, block: Block, top: float) -> None:
    """Draw a block on a page from some height on."""
    for line in block.lines:
        figure.text(
            (MARGIN + line.x_mm) / PAGE[0],
            1 - (top + line.y_mm) / PAGE[1],
            line.text,
            va="top",
            fontsize=line.size_pt,
            fontweight="bold" if line.bold else "normal",
            color=line.colour,
        )
    for panel, x, y in block.panels:
        left, above = MARGIN + x, top + y
        grid = GridSpec(
            3,
            3,
            figure,
            width_ratios=(left, panel.width_mm, PAGE[0] - left - panel.width_mm),
            height_ratios=(above, panel.height_mm, PAGE[1] - above - panel.height_mm),
        )
        panel.draw(figure.add_subfigure(grid[1, 1]))


def _blocks(document: Document) -> Iterator[Block]:
    """Blocks of a document."""
    title = [
        Line(0, 0, document.title, TITLE_PT, bold=True),
        Line(0, 1.5 * TITLE_PT * POINT, document.caution, HEADING_PT, bold=True, colour=OUTPUT),
    ]
    yield Block((1.5 * TITLE_PT + LEADING * HEADING_PT) * POINT, title, [])
    for section in document.sections:
        yield from _blocks_of(section)


def _blocks_of(section: Section) -> Iterator[Block]:
    """Blocks of a section: one with figures is not divided, and a heading stays with what it heads."""
    heading = Block(
        GAP + 1.6 * HEADING_PT * POINT, [Line(0, GAP, section.heading, HEADING_PT, bold=True)], []
    )
    widths = [panel.width_mm for panel in section.panels]
    starts = [sum(widths[:number]) for number in range(len(widths))]
    figures = Block(
        max((panel.height_mm for panel in section.panels), default=0.0),
        [],
        [(panel, x, 0.0) for panel, x in zip(section.panels, starts, strict=True)],
    )
    beside = bool(section.panels) and WIDTH - sum(widths) >= BESIDE
    left = sum(widths) + GAP if beside else 0.0
    words = [*_paragraphs(section, left)]
    if beside:
        yield _below(heading, _next_to(_below(*words), figures))
        return
    if section.panels:
        yield _below(heading, *words, figures)
        return
    yield _below(heading, *words[:1])
    yield from words[1:]


def _paragraphs(section: Section, left: float) -> Iterator[Block]:
    """Paragraphs of a section, each a block."""
    size = section.size_pt
    labels = [_width(label, size, bold=True) for label, _ in section.rows if label]
    indent = max(labels) + 2 * GAP if labels else 0.0
    step = LEADING * size * POINT
    for label, text in section.rows:
        lines = wrapped(text, WIDTH - left - indent, size)
        written = [Line(left + indent, number * step, line, size) for number, line in enumerate(lines)]
        if label:
            written.append(Line(left, 0, label, size, bold=True))
        yield Block((len(lines) + 0.15) * step, written, [])


def _below(*blocks: Block) -> Block:
    """Blocks one below the other as one."""
    height = 0.0
    lines: list[Line] = []
    panels: list[tuple[Panel, float, float]] = []
    for block in blocks:
        lines += [line._replace(y_mm=line.y_mm + height) for line in block.lines]
        panels += [(panel, x, y + height) for panel, x, y in block.panels]
        height += block.height_mm
    return Block(height, lines, panels)


def _next_to(one: Block, other: Block) -> Block:
    """Two blocks side by side as one."""
    return Block(max(one.height_mm, other.height_mm), one.lines + other.lines, one.panels + other.panels)


def wrapped(text: str, width_mm: float, size_pt: float) -> list[str]:
    """Divide text into lines that are no longer than a width.

    Parameters
    ----------
    text : str
    width_mm : float
    size_pt : float

    Returns
    -------
    list of str
        A word that is longer stands on a line of its own.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, size_pt) <= width_mm:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


@cache
def _width(text: str, size_pt: float, bold: bool = False) -> float:
    """Width of a line of text in mm."""
    font = FontProperties(family="DejaVu Sans", size=size_pt, weight="bold" if bold else "normal")
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] * POINT
