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
    sentences = [
        f"{name.part}, {layer}" if layer else name.part,
        f"{name.to_base_mm:.0f} mm from the base, {name.to_apex_mm:.0f} mm from the apex",
    ]
    if len(samples) > 1:
        half, most = distances_of_samples(sites)
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
    return name.layer if agreed else None


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
