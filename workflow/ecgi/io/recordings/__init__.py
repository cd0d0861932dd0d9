"""Recordings of body surface potentials, from the files of many programs."""

from .reading import READERS, Recording, read_recording

__all__ = ["READERS", "Recording", "read_recording"]
