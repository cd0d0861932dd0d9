"""Mistakes in what the user gave, as opposed to mistakes in this code."""


class InputError(ValueError):
    """Something given can't be used; the message says what, where, and what would be right."""
