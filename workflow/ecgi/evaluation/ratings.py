"""Relative errors by which fits are rated and compared."""

CLOSE, FAIR = 0.3, 0.6  # below which a fit is close, and fair; a poor one explains next to nothing
CLEARLY = 0.7  # ratio of two relative errors below which the one fits clearly better than the other
FAR = 0.55  # such a ratio, below which it fits far better: one leaves a third of what the other does
