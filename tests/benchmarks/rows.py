"""Tidy table of results that every benchmark returns."""

from itertools import pairwise

import numpy as np
import pandas as pd

COLUMNS = ["check", "quantity", "setting", "value", "unit", "aim"]


def row(check, quantity, setting, value, unit, aim=None):
    """Row of the table of results.

    Parameters
    ----------
    check, quantity, setting : str
        What is checked, what is measured, and for which setting; a setting shown on an axis starts with
        its number.
    value : float
    unit : str
        "" for a dimensionless number.
    aim : str, optional
        Target: "≤" or "≥" and a number.
    """
    return {
        "check": check,
        "quantity": quantity,
        "setting": setting,
        "value": float(value),
        "unit": unit,
        "aim": aim or "",
    }


def table(rows):
    """Table of rows, in their order."""
    return pd.DataFrame(rows, columns=COLUMNS)


def errors(check, setting, difference, aims=(None, None)):
    """Rows of mean and maximum of the absolute differences, in ms."""
    size = np.abs(difference)
    return [
        row(check, "mean error", setting, size.mean(), "ms", aims[0]),
        row(check, "maximum error", setting, size.max(), "ms", aims[1]),
    ]


def orders(rows, check, quantity):
    """Rows of the order of convergence between each setting of a series and the coarser one before it."""
    series = [entry for entry in rows if entry["check"] == check and entry["quantity"] == quantity]
    found = []
    for coarse, fine in pairwise(series):
        refinement = number(coarse["setting"]) / number(fine["setting"])
        order = np.log(coarse["value"] / fine["value"]) / np.log(refinement)
        found.append(row(check, f"order of the {quantity}", fine["setting"], order, ""))
    return found


def number(setting):
    """Number that a setting starts with."""
    return float(setting.split()[0].rstrip(","))


def met(value, aim):
    """Whether a value meets its target; None if there is no target."""
    if not aim:
        return None
    bound = float(aim[1:].replace(" ", ""))
    return value <= bound if aim[0] == "≤" else value >= bound
