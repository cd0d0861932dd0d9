"""The heart in 3-D, as a page for a browser."""

from .heart_page import Beat, Prediction, page

__all__ = ["Beat", "Prediction", "page"]
