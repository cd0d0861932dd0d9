"""Colours of maps and isochrones, the same in figures and 3-D views."""

ACTIVATION, SPREAD, ERROR = (
    "viridis",
    "cividis",
    "RdBu_r",
)  # of times, SD and signed values
OF_PATIENTS = {"ep": "turbo_r", "colour_blind_safe": ACTIVATION}  # of times on a patient's map, early to late
ISOCHRONE = "black"
ISOCHRONE_MS = 10  # between isochrones
LONG_MS, LONG_STEP_MS = 150, 20  # latest time from which isochrones of a patient's map are farther apart
