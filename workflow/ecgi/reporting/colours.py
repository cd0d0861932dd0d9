"""Colours of maps and isochrones, the same in figures and 3-D views."""

ACTIVATION, SPREAD, ERROR = (
    "viridis",
    "cividis",
    "RdBu_r",
)  # of times, SD and signed values
ISOCHRONE = "black"
ISOCHRONE_MS = 10  # between isochrones
