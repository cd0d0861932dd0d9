"""Page of the benchmarks: text, plots and tables, as Markdown and as one HTML file."""

import html
import re
from pathlib import Path

import matplotlib.pyplot as plt
from rows import met, number

from ecgi.reporting.figures.style import FULL_WIDTH, INPUT, OTHER, OUTPUT, STYLE, letter

TITLE = "Accuracy and speed of the forward physics"
INTRODUCTION = (
    "Checks of the forward physics: errors, orders of convergence where they apply, and computation times "
    "compared with those of alternatives. All numbers on this page are measured by tests/benchmarks, which "
    "`make bench` runs; physics/figures.csv holds them as a table.",
    "Times are medians of several runs after a warm-up run, on one thread unless stated; alternatives are "
    "timed in turn in one process. The order in a row is that between the row and the coarser one before "
    "it. Targets are given after the values: ✓ met, ✗ missed.",
)
PROSE = {
    "closed_forms": (
        "Activation times in closed form",
        "A homogeneous box, in which the activation time is the distance from the pacing zone over the "
        "velocity; a slow layer on a fast one, in which the first arrival is the direct wave, the head wave "
        "along the interface, or the wave refracted by Snell's law; and two pacing zones with a delay, in "
        "which it is the earlier of both waves. Waves start from the analytic surface of a zone, not from "
        "its voxels.",
    ),
    "walls": (
        "Activation times on a wall",
        "A biventricular phantom at 0.6 m/s. The reference on the same voxels, each cut into 3 × 3 × 3, "
        "gives the error of the solver alone. The reference on the phantom at a third of a millimetre "
        "includes the error of the voxelised shape; the rows `exact` give that error by itself, from the "
        "solution on the cut voxels. In the solver, a rim of one voxel around the wall conducts too; the "
        "table gives the share of the error that the rim removes. The difference between the references "
        "with and without a rim bounds the error of the reference.",
    ),
    "solvers": (
        "Comparison of eikonal solvers",
        "One wave on the same wall. This workflow's solver starts the wave from the surface of a pacing "
        "zone, the others from its centre; errors are relative to the solution on the same voxels cut into "
        "3 × 3 × 3. Preparations made once per heart are not timed. Ratios are to second-order scikit-fmm.",
    ),
    "anisotropy": (
        "Anisotropic conduction",
        "Straight, oblique fibres in a slab of voxels of 1 mm at 0.6 m/s along them, with the same velocity "
        "across and with one 2.5 times lower; the wave from the surface of the zone is known in closed form. "
        "The solver finds shortest paths along straight edges between voxels; the larger the reach of an "
        "edge, the more directions there are. Times are those of one beat.",
    ),
    "cell": (
        "Action potential",
        "The Mitchell–Schaeffer cell against an implicit Runge–Kutta solution that is restarted wherever the "
        "equations change, at a tolerance of 1e-11. The asymptotic formula for the action potential "
        "duration, τ_close ln(1 / h_min), is the limit for slow gates; it includes neither the upstroke nor "
        "the last, fast part of repolarisation.",
    ),
    "dipoles": (
        "Dipoles",
        "Relative L2 errors over electrodes and times: the lead field, stored in single precision, against "
        "the direct sum over dipoles in double precision; potentials from histograms of activation times, by "
        "bin width, against the full product of lead field and transmembrane potential; potentials as the "
        "workflow simulates them, from the voxels with a non-negligible lead field only; central differences "
        "on a slab against the limit of small voxels; a closed, spherical wave front within the wall, which "
        "in theory gives no potential outside, compared with an open one; and potentials from the two "
        "outermost layers of voxels only, as the lead field vanishes further inside for one conductivity.",
    ),
    "bsp_speed": (
        "Speed of body surface potentials",
        "One beat, and a batch of sixty-four. The sum over dipoles uses precomputed kernels and is timed at "
        "a few time samples; the product uses precomputed transmembrane potentials of all voxels at all "
        "samples. One read of the lead field is the lower bound for any method that uses all of its "
        "entries.",
    ),
    "lead_field_size": (
        "Large lead fields",
        "Built in a separate process; memory is the increase to the peak of its resident memory, in MiB and "
        "relative to the size of the lead field.",
    ),
    "simulation": (
        "The whole simulation",
        "Beats of one phantom from its seed to Zarr stores through Snakemake on two cores, including "
        "start-up of Snakemake, anatomy and lead field, relative to half the time of the eikonal solutions "
        "and potentials of as many beats in memory on one core. Memory is taken from Snakemake's benchmark "
        "files.",
    ),
}


def render(folder, tables, machine):
    """Write physics.md, physics.html and the plots.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the page.
    tables : dict of str to pandas.DataFrame
        Table of each benchmark, see `rows.table`.
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
    """Header and rows of a table on the machine and the versions."""
    versions = ", ".join(f"{package} {version}" for package, version in machine["versions"].items())
    memory = f"{machine['cores']} cores, {machine['memory_gib']} GiB"
    return ["measured on", ""], [
        ["processor", f"{machine['processor']}, {memory}, {machine['system']}"],
        ["versions", versions],
        ["size of the benchmarks", machine["size"]],
    ]


def grid(check, figures):
    """Header and rows of the table of a check: a row per setting, a column per quantity."""
    columns = list(dict.fromkeys(zip(figures["quantity"], figures["unit"], strict=True)))
    names = [f"{quantity}, {unit}" if unit not in ("", "times") else quantity for quantity, unit in columns]
    lines = []
    for setting, part in figures.groupby("setting", sort=False):
        cells = {(entry.quantity, entry.unit): _cell(entry) for entry in part.itertuples()}
        lines.append([setting, *(cells.get(column, "") for column in columns)])
    return [check, *names], lines


def _cell(entry):
    """Value as text, with its target if there is one."""
    shown = f"{entry.value:,.0f}" if abs(entry.value) >= 1000 else f"{entry.value:.3g}"
    good = met(entry.value, entry.aim)
    return shown if good is None else f"{shown} ({'✓' if good else '✗'} {entry.aim})"


def markdown(kind, content, title=None):
    """Block of the page as Markdown."""
    if kind == "table":
        header, lines = content
        rows = [header, ["---", *["--:" if len(header) > 2 else "---"] * (len(header) - 1)], *lines]
        return "\n".join(f"| {' | '.join(line)} |" for line in rows)
    if kind == "plot":
        return f"![{title}](physics/{content.name})"
    return {"heading": "# ", "section": "## ", "text": ""}[kind] + content


def _html(kind, content, title=None):
    """Block of the page as HTML."""
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
    """Write a plot as SVG, reproducibly."""
    path = Path(path)
    with plt.rc_context({**STYLE, "svg.fonttype": "none"}):
        figure = plt.figure(figsize=(FULL_WIDTH, 2.5), layout="constrained")
        draw(figure, figures)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
    return path


def _series(figures, check, quantity):
    """Leading numbers of the settings of a check, and values of a quantity."""
    rows = figures[(figures["check"] == check) & (figures["quantity"] == quantity)]
    return [number(setting) for setting in rows["setting"]], rows["value"].to_list()


def _loglog(axis, x_label, y_label):
    axis.set(xscale="log", yscale="log", xlabel=x_label, ylabel=y_label)
    axis.grid(color="0.9", lw=0.6)


def _ticks(axis, positions):
    axis.set_xticks(positions, [f"{position:g}" for position in positions])
    axis.minorticks_off()


def _slope(axis, x, y, order):
    """Line of an order of convergence through the first point."""
    axis.plot(x, [y[0] * (value / x[0]) ** order for value in x], color=OTHER, lw=0.8, ls=":")
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
        ("closed wave front", "potential relative to an open front", "voxel (mm)"),
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
