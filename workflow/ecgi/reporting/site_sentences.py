"""Where activation begins, in words: the name of the earliest site, and how far its samples agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..anatomy.site_names import SiteName, name_sites

if TYPE_CHECKING:
    import pandas as pd

    from ..anatomy.heart import Anatomy

AGREED = 0.9  # share of the samples in a layer of the wall from which it is stated
CLOSE_MM, COARSE_MM = 5.0, 5  # region of 90 % of the samples above which distances are rounded to 5 mm
PARTS = 3  # parts of the heart that are listed, at most


def sentences_of(anatomy: Anatomy, sites: pd.DataFrame) -> tuple[SiteName, list[str]]:
    """Describe the earliest site of a map and of its samples.

    Parameters
    ----------
    anatomy : Anatomy
        Heart in its short-axis frame.
    sites : pandas.DataFrame
        See `export.earliest_sites`: the site of the mean map, then those of the samples.

    Returns
    -------
    name : SiteName
        Of the mean map's site.
    sentences : list of str
        Its name, with the layer of the wall only where the samples agree on it; distances to base and apex;
        where the samples lie, if there are several.
    """
    name, *samples = name_sites(anatomy, sites[["x_mm", "y_mm", "z_mm"]].to_numpy(float))
    layer = stated_layer(name, samples)
    distances = distances_of_samples(sites)
    step = 1 if distances and distances[1] < CLOSE_MM else COARSE_MM
    to_base, to_apex = (step * round(distance / step) for distance in (name.to_base_mm, name.to_apex_mm))
    sentences = [
        f"{name.part}, {layer}" if layer else name.part,
        f"{to_base} mm from the base, {to_apex} mm from the apex",
    ]
    if distances:
        half, most = distances
        parts = Counter(one.part for one in samples).most_common()
        listed = [f"{part} in {count} of {len(samples)} samples" for part, count in parts[:PARTS]]
        others = [f"elsewhere in {sum(count for _, count in parts[PARTS:])}"] if len(parts) > PARTS else []
        sentences += [
            f"50 % of the samples begin within {half:.0f} mm of it, 90 % within {most:.0f} mm",
            "; ".join([*listed, *others]),
        ]
    else:
        sentences.append("how sure this is, this method does not say")
    return name, sentences


def stated_layer(name: SiteName, samples: Sequence[SiteName]) -> str | None:
    """Layer of the wall of a site, if its samples agree on it.

    Parameters
    ----------
    name : SiteName
        Of the mean map's site.
    samples : sequence of SiteName
        Of the samples' sites.

    Returns
    -------
    str or None
        None if there are fewer than two samples, or fewer than `AGREED` of them in this layer, and in the RV,
        whose wall is thinner than predictions are exact.
    """
    if name.ventricle == "RV" or len(samples) < 2:
        return None
    agreed = np.mean([one.layer == name.layer for one in samples]) >= AGREED
    if not agreed:
        return None
    return f"{name.layer} of the septum" if name.layer.endswith("side") else name.layer


def distances_of_samples(sites: pd.DataFrame) -> list[float]:
    """Distances from a map's site within which 50 and 90 % of its samples begin.

    Parameters
    ----------
    sites : pandas.DataFrame
        See `export.earliest_sites`.

    Returns
    -------
    list of float
        mm; empty if there is only one sample.
    """
    if len(sites) < 3:
        return []
    return np.percentile(sites["from_mean_mm"].to_numpy()[1:], [50, 90]).tolist()
