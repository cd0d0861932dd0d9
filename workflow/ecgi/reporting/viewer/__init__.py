"""Interactive 3-D view of a heart as an HTML page."""

from .heart_page import Beat, Prediction, page

__all__ = ["Beat", "Prediction", "page"]
