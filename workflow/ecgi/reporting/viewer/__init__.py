"""Interactive 3-D view of a heart as an HTML page."""

from .heart_page import Beat, Map, Site, page

__all__ = ["Beat", "Map", "Site", "page"]
