"""Names in the settings as they are printed in figures and tables."""

SPELLED = {
    **{word: word.upper() for word in ("bsp", "cvae", "snr", "tsvd", "vae")},
    **{word: word.capitalize() for word in ("greensite", "tikhonov")},
    "db": "dB",
}


def spelled(name: str) -> str:
    """Name as words, with the capitals of abbreviations and proper names.

    Parameters
    ----------
    name : str
        Words joined by underscores.

    Returns
    -------
    str

    Examples
    --------
    >>> spelled("activation_cvae")
    'activation CVAE'
    """
    return " ".join(SPELLED.get(word, word) for word in name.split("_"))
