"""The page of a heart in a real browser."""

import shutil
import subprocess

import numpy as np
import pytest
from matplotlib.image import imread

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDTH, HEIGHT = 1280, 1300
HARMLESS = "willReadFrequently"  # advice on speed about the plotting library's labels

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no chromium; install it to test pages")


def photograph(url, path, profile):
    """A page as the browser draws it, as pixels, and what it wrote to its console."""
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu-sandbox",
        "--use-gl=angle",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--enable-logging=stderr",
        "--v=0",
        "--virtual-time-budget=20000",
        f"--window-size={WIDTH},{HEIGHT}",
        f"--user-data-dir={profile}",
        f"--screenshot={path}",
    ]
    done = subprocess.run([BROWSER, *options, url], text=True, capture_output=True, timeout=300, check=True)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line and HARMLESS not in line]
    return imread(path)[..., :3], console


@pytest.fixture(scope="module")
def photographs(finished, tmp_path_factory):
    """The page of the tiny experiment at two times of a beat."""
    folder = tmp_path_factory.mktemp("photographs")
    page = (finished.results / "views/phantom02.html").resolve().as_uri()
    return {t: photograph(f"{page}#t={t}", folder / f"{t}.png", folder / "profile") for t in (20, 120)}


def panel(pixels, name):
    """The middle of one of the page's panels, three of which stand in a row."""
    row, column = divmod(("simulated", "predicted", "spread", "error", "wave", "potentials").index(name), 3)
    top = (250, 600)[row]
    width = WIDTH // 3
    return pixels[top : top + 180, column * width + 20 : (column + 1) * width - 20]


def coloured(pixels):
    """Share of pixels that are neither grey nor nearly so."""
    return (np.ptp(pixels, axis=-1) > 0.15).mean()


def changed(one, other):
    """Share of pixels that differ."""
    return (np.abs(one - other).max(-1) > 0.1).mean()


def test_the_page_loads_without_a_word_on_the_console(photographs):
    assert [console for _, console in photographs.values()] == [[], []]


def test_heart_and_predictions_are_drawn(photographs):
    pixels, _ = photographs[120]
    for name in ("simulated", "predicted", "spread", "error", "wave", "potentials"):
        assert coloured(panel(pixels, name)) > 0.02, name


def test_the_wave_and_the_potentials_change_with_time_and_the_maps_do_not(photographs):
    early, late = (pixels for pixels, _ in photographs.values())
    for name in ("wave", "potentials"):
        assert changed(panel(early, name), panel(late, name)) > 0.05, name
    for name in ("simulated", "predicted", "spread", "error"):
        assert changed(panel(early, name), panel(late, name)) < 0.001, name
