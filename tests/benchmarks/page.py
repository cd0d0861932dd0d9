"""The page: prose, plots and tables, as Markdown to read beside the code and as one HTML file."""

import html
import re
from pathlib import Path

import matplotlib.pyplot as plt
from rows import met, number

from ecgi.reporting.figures.style import FULL_WIDTH, INPUT, OTHER, OUTPUT, STYLE, letter

TITLE = "How we know the physics is right"
INTRODUCTION = (
    "Each check of the forward physics with its error, its order of convergence where it has one, and "
    "the time it takes beside the alternatives. Every figure on this page comes from tests/benchmarks, "
    "which `make bench` runs; the same figures as a table are in physics/figures.csv.",
    "Times are medians of several runs after one that does not count, on one thread unless stated; "
    "what is compared takes turns in one process. An order is that between a row and the coarser one "
    "before it. Aims stand behind the figures: ✓ met, ✗ missed.",
)
PROSE = {
    "closed_forms": (
        "Activation times in closed form",
        "A box of one velocity, where the time is the distance from the pacing zone; a slow layer on a fast "
        "one, where the first wave is the direct one, the head wave that runs ahead along the interface, or "
        "the one refracted by Snell's law; and two pacing zones of which the second starts later, where the "
        "earlier of both waves counts. Where a zone lies across voxels, it starts from its analytic surface.",
    ),
    "walls": (
        "Activation times on a wall",
        "A biventricular phantom at 0.6 m/s. Against the same voxels, each cut into 3 × 3 × 3, the solver "
        "alone errs. Against the phantom itself on voxels of a third of a millimetre, the voxels err too: "
        "`exact` is the fine solution on the voxels, and so what they cost by themselves. The solver lets a "
        "rim of one voxel around the wall conduct too; the table says how much of the error that wins back. "
        "How far the reference with its rim and that without are apart bounds what is to be thought of it.",
    ),
    "solvers": (
        "Solvers beside each other",
        "One wave on that wall. All start from the middle of a pacing zone but this workflow's solver, which "
        "starts from the zone's surface; errors are against the same voxels cut into 3 × 3 × 3. What can be "
        "prepared once per heart is not timed. Ratios are to scikit-fmm of second order from a voxel.",
    ),
    "anisotropy": (
        "Waves that run faster along the fibres",
        "Straight, oblique fibres in a slab of voxels of 1 mm at 0.6 m/s along them, with the same velocity "
        "across and with one 2.5 times lower; the wave from the surface of the zone is known in closed form. "
        "The wave takes straight lines between voxels, and the further a line may reach, the more directions "
        "there are to choose from. The time is that of one beat.",
    ),
    "cell": (
        "Action potential",
        "The Mitchell–Schaeffer cell against an implicit Runge–Kutta solution that stops wherever the "
        "equations change, at a tolerance of 1e-11. The asymptotic formula for its duration, "
        "τ_close ln(1 / h_min), is what it tends to for slow gates and holds neither upstroke nor the last, "
        "fast part of recovery.",
    ),
    "dipoles": (
        "Dipoles",
        "Relative errors in the L2 sense over electrodes and times. The lead field, kept in single "
        "precision, against the plain sum over dipoles in double precision; the histogram of activation "
        "times, by the width of its bins, against the full product of lead field and potential; the same for "
        "potentials as the workflow simulates them, from those voxels alone that carry them; the central "
        "differences on a slab against the limit of small voxels; a spherical wave front within the wall, "
        "which theory says no electrode sees, beside an open one; and the lead field without all but its "
        "two outermost layers of voxels, since with one conductivity it vanishes further inside.",
    ),
    "bsp_speed": (
        "Speed of body surface potentials",
        "One beat, and sixty-four. The sum over dipoles has its kernels computed beforehand and is timed at "
        "a few of the time samples; the product has the potential of every voxel at every sample given. "
        "Nothing that looks at every entry of the lead field can be faster than reading it.",
    ),
    "lead_field_size": (
        "Large lead fields",
        "Built in a process of its own; memory is what the process had resident at most above what it had "
        "before, and also in copies of the lead field, which it returns.",
    ),
    "simulation": (
        "The whole simulation",
        "Beats of one phantom from its seed to Zarr stores through Snakemake on two cores, start-up of "
        "Snakemake, anatomy and lead field included, over half the time that eikonal equation and potentials "
        "take for as many beats in memory on one core. Memory is as Snakemake's benchmarks have it.",
    ),
}


def render(folder, tables, machine):
    """Write physics.md, physics.html and the plots.

    Parameters
    ----------
    folder : pathlib.Path
    tables : dict of str to pandas.DataFrame
        Benchmark to its table, see `rows.table`.
    machine : dict
        See `measuring.machine`.
    """
    blocks = [("heading", TITLE), *(("text", text) for text in INTRODUCTION)]
    blocks.append(("table", machine_table(machine)))
    for name, figures in tables.items():
        title, text = PROSE[name]
        blocks += [("section", title), ("text", text)]
        if name in PLOTS:
            blocks.append(("plot", _drawn(folder / f"physics/{name}.svg", PLOTS[name], figures), title))
        for check, part in figures.groupby("check", sort=False):
            blocks.append(("table", grid(check, part)))
    (folder / "physics.md").write_text("\n\n".join(markdown(*block) for block in blocks) + "\n")
    body = "\n".join(_html(*block) for block in blocks)
    (folder / "physics.html").write_text(HTML.format(title=TITLE, body=body))


HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em }}
table {{ border-collapse: collapse; margin: 1em 0; font-size: 13px }}
th, td {{ border-bottom: 1px solid #ddd; padding: .25em .8em .25em 0; text-align: left; vertical-align: top }}
svg {{ max-width: 100%; height: auto }}
</style>
{body}
</html>
"""


def machine_table(machine):
    """Header and rows that say what was measured on."""
    versions = ", ".join(f"{package} {version}" for package, version in machine["versions"].items())
    memory = f"{machine['cores']} cores, {machine['memory_gib']} GiB"
    return ["measured on", ""], [
        ["processor", f"{machine['processor']}, {memory}, {machine['system']}"],
        ["versions", versions],
        ["size of the benchmarks", machine["size"]],
    ]


def grid(check, figures):
    """Header and rows of one check: a row per setting, a column per quantity."""
    columns = list(dict.fromkeys(zip(figures["quantity"], figures["unit"], strict=True)))
    names = [f"{quantity}, {unit}" if unit not in ("", "times") else quantity for quantity, unit in columns]
    lines = []
    for setting, part in figures.groupby("setting", sort=False):
        cells = {(entry.quantity, entry.unit): _cell(entry) for entry in part.itertuples()}
        lines.append([setting, *(cells.get(column, "") for column in columns)])
    return [check, *names], lines


def _cell(entry):
    """A figure, and its aim where it has one."""
    shown = f"{entry.value:,.0f}" if abs(entry.value) >= 1000 else f"{entry.value:.3g}"
    good = met(entry.value, entry.aim)
    return shown if good is None else f"{shown} ({'✓' if good else '✗'} {entry.aim})"


def markdown(kind, content, title=None):
    """A block as Markdown."""
    if kind == "table":
        header, lines = content
        rows = [header, ["---", *["--:" if len(header) > 2 else "---"] * (len(header) - 1)], *lines]
        return "\n".join(f"| {' | '.join(line)} |" for line in rows)
    if kind == "plot":
        return f"![{title}](physics/{content.name})"
    return {"heading": "# ", "section": "## ", "text": ""}[kind] + content


def _html(kind, content, title=None):
    """A block as HTML."""
    if kind == "table":
        header, lines = content
        body = "".join(_line("td", line) for line in lines)
        return f"<table>{_line('th', header)}{body}</table>"
    if kind == "plot":
        return re.sub(r"<\?xml.*?>|<!DOCTYPE.*?>", "", content.read_text(), flags=re.DOTALL).strip()
    tag = {"heading": "h1", "section": "h2", "text": "p"}[kind]
    return f"<{tag}>{html.escape(content).replace('`', '')}</{tag}>"


def _line(tag, cells):
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _drawn(path, draw, figures):
    """Write a plot as SVG, the same bytes for the same figures."""
    path = Path(path)
    with plt.rc_context({**STYLE, "svg.fonttype": "none"}):
        figure = plt.figure(figsize=(FULL_WIDTH, 2.5), layout="constrained")
        draw(figure, figures)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
    return path


def _series(figures, check, quantity):
    """Numbers that settings start with, and values."""
    rows = figures[(figures["check"] == check) & (figures["quantity"] == quantity)]
    return [number(setting) for setting in rows["setting"]], rows["value"].to_list()


def _loglog(axis, x_label, y_label):
    axis.set(xscale="log", yscale="log", xlabel=x_label, ylabel=y_label)
    axis.grid(color="0.9", lw=0.6)


def _ticks(axis, places):
    axis.set_xticks(places, [f"{place:g}" for place in places])
    axis.minorticks_off()


def _slope(axis, x, y, order):
    """A line of an order of convergence through the first point."""
    axis.plot(x, [y[0] * (place / x[0]) ** order for place in x], color=OTHER, lw=0.8, ls=":")
    axis.annotate(f"order {order}", (x[-1], y[0] * (x[-1] / x[0]) ** order), fontsize=6, color=OTHER)


def _plot_closed_forms(figure, figures):
    checks = list(figures["check"].unique())
    axes = figure.subplots(1, len(checks), sharey=True)
    for index, (axis, check) in enumerate(zip(axes, checks, strict=True)):
        for quantity, colour, marker in (("maximum error", OUTPUT, "s"), ("mean error", INPUT, "o")):
            x, y = _series(figures, check, quantity)
            axis.plot(x, y, color=colour, marker=marker, ms=4, lw=1, label=quantity)
        _slope(axis, x, y, 1)
        _slope(axis, x, y, 2)
        _loglog(axis, "voxel (mm)", "error (ms)" if index == 0 else "")
        _ticks(axis, x)
        letter(axis, index, check)
    axes[0].legend(frameon=False)


def _plot_walls(figure, figures):
    axes = figure.subplots(1, 2)
    for index, (axis, check) in enumerate(zip(axes, ("same voxels", "true shape"), strict=True)):
        rows = figures[(figures["check"] == check) & (figures["quantity"] == "mean error")]
        worst = figures[(figures["check"] == check) & (figures["quantity"] == "maximum error")]
        axis.barh(rows["setting"], rows["value"], color=INPUT, height=0.6, label="mean")
        axis.plot(worst["value"], worst["setting"], "s", color=OUTPUT, ms=4, label="maximum")
        axis.invert_yaxis()
        axis.set(xlabel="error (ms)")
        letter(axis, index, check)
    axes[1].legend(frameon=False)


def _plot_solvers(figure, figures):
    axes = figure.subplots(1, 2, sharey=True)
    for index, (axis, quantity) in enumerate(zip(axes, ("time", "mean error"), strict=True)):
        rows = figures[(figures["check"] == "solvers") & (figures["quantity"] == quantity)]
        colours = [INPUT if name.startswith("this solver") else OTHER for name in rows["setting"]]
        axis.barh(rows["setting"], rows["value"], color=colours, height=0.6)
        axis.set(xlabel=f"{quantity} (ms)")
        letter(axis, index)
    axes[0].invert_yaxis()


def _plot_anisotropy(figure, figures):
    checks = list(figures["check"].unique())
    axes = figure.subplots(1, len(checks), sharey=True)
    for index, (axis, check) in enumerate(zip(axes, checks, strict=True)):
        for quantity, colour, marker in (("maximum error", OUTPUT, "s"), ("mean error", INPUT, "o")):
            x, y = _series(figures, check, quantity)
            axis.plot(x, y, color=colour, marker=marker, ms=4, lw=1, label=quantity)
        axis.set(yscale="log", xlabel="reach (voxels)", ylabel="error (ms)" if index == 0 else "")
        axis.grid(color="0.9", lw=0.6)
        _ticks(axis, x)
        letter(axis, index, check)
    axes[0].legend(frameon=False)


def _plot_cell(figure, figures):
    axis = figure.subplots()
    check = "action potential duration"
    for quantity, colour, style in (("measured", INPUT, "o-"), ("asymptotic formula", OUTPUT, "s--")):
        x, y = _series(figures, check, quantity)
        axis.plot(x, y, style, color=colour, ms=4, lw=1, label=quantity)
    axis.set(xlabel="closing time τ_close (ms)", ylabel="action potential duration (ms)")
    axis.legend(frameon=False)


def _plot_dipoles(figure, figures):
    panels = (
        ("histogram of activation times", "relative error", "bin (ms)"),
        ("stencil", "relative error", "voxel (mm)"),
        ("closed wave front", "potential, share of an open front's", "voxel (mm)"),
    )
    axes = figure.subplots(1, 3)
    for index, (axis, (check, quantity, label)) in enumerate(zip(axes, panels, strict=True)):
        x, y = _series(figures, check, quantity)
        axis.plot(x, y, "o-", color=INPUT, ms=4, lw=1)
        _loglog(axis, label, "relative error" if index == 0 else "")
        _ticks(axis, x)
        _slope(axis, x, y, 2)
        letter(axis, index, check)


def _plot_bsp_speed(figure, figures):
    axis = figure.subplots()
    rows = figures[figures["quantity"] == "time"]
    axis.barh(rows["setting"], rows["value"], color=INPUT, height=0.6)
    axis.set(xscale="log", xlabel="time (ms)")
    axis.invert_yaxis()


def _plot_simulation(figure, figures):
    left, right = figure.subplots(1, 2)
    for axis, quantity in ((left, "time over that of the bare solver"), (right, "beats per second and core")):
        x, y = _series(figures, "simulation", quantity)
        axis.plot(x, y, "o-", color=INPUT, ms=4, lw=1)
        axis.set(xscale="log", xlabel="beats", ylabel=quantity, ylim=(0, None))
        _ticks(axis, x)


PLOTS = {
    "closed_forms": _plot_closed_forms,
    "walls": _plot_walls,
    "solvers": _plot_solvers,
    "anisotropy": _plot_anisotropy,
    "cell": _plot_cell,
    "dipoles": _plot_dipoles,
    "bsp_speed": _plot_bsp_speed,
    "simulation": _plot_simulation,
}
