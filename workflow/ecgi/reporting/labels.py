"""Names of the settings as they are written in print."""

SPELLED = {
    **{word: word.upper() for word in ("bsp", "cvae", "snr", "tsvd", "vae")},
    **{word: word.capitalize() for word in ("greensite", "tikhonov")},
    "db": "dB",
}


def spelled(name: str) -> str:
    """A name in words, abbreviations and people's names in capitals.

    Examples
    --------
    >>> spelled("activation_cvae")
    'activation CVAE'
    """
    return " ".join(SPELLED.get(word, word) for word in name.split("_"))
