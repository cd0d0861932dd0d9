"""Error messages for invalid settings."""

import difflib
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import ValidationError

from ..core.errors import InputError, one_line, shown
from ..core.fields import Settings

MOST_MISTAKES = 20  # in one message
RENAMED = {  # keys and families of version 0.1
    "activations": "beats",
    "draws": "samples",
    "map_lifted": "map_backprojection",
    "mean_m_per_s": "median_m_per_s",
    "shown_activation": "shown_beat",
    "variety": "augmentation",
}


class ConfigError(InputError):
    """Invalid settings; the message has one line per mistake."""


def explain(error: ValidationError, source: str, model: type[Settings]) -> str:
    """Format validation errors as one line each, with the key and what is valid.

    Parameters
    ----------
    error : pydantic.ValidationError
        Errors of the settings.
    source : str
        Name of the settings in the message.
    model : type of Settings
        Settings class that was validated.

    Returns
    -------
    str
    """
    lines = []
    mistakes = error.errors(include_url=False)
    for mistake in mistakes[:MOST_MISTAKES]:
        parts, section = _without_tags(mistake["loc"], model)
        key = one_line(".".join(part if isinstance(part, str) else shown(part) for part in parts))
        message = mistake["msg"].removeprefix("Value error, ")
        if mistake["type"] == "extra_forbidden":
            message = f"unknown key; {_advice(str(parts[-1]), section)}"
        elif mistake["type"] == "union_tag_invalid":
            key, message = f"{key}.{_discriminator(mistake)}", _wrong_tag(mistake["ctx"])
        elif mistake["type"] == "union_tag_not_found":
            key, message = f"{key}.{_discriminator(mistake)}", "is needed"
        elif key:
            message = f"{message}, not {shown(mistake['input'])}"
        lines.append(f"{source}: {key + ': ' if key else ''}{message}")
    if len(mistakes) > MOST_MISTAKES:
        lines.append(f"{source}: {len(mistakes) - MOST_MISTAKES} mistakes more")
    return "\n".join(lines)


def sections_in(annotation: Any) -> list[type[Settings]]:
    """Collect the settings classes inside a type annotation.

    Parameters
    ----------
    annotation : type
        Annotation of a field, such as ``dict[str, A | B]``.

    Returns
    -------
    list of type of Settings
    """
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [found for argument in get_args(annotation) for found in sections_in(argument)]


def _without_tags(location: Sequence[Any], model: type[Settings]) -> tuple[list[Any], type[Settings]]:
    """Location of a mistake without the tags of unions, and the section that it lies in."""
    parts: list[Any] = []
    sections = [model]
    for number, part in enumerate(location):
        tagged = [section for section in sections if part in _tags(section)]
        if len(sections) > 1 and len(tagged) == 1:
            sections = tagged
            continue
        parts.append(part)
        field = sections[0].model_fields.get(part) if isinstance(part, str) else None
        if field and number < len(location) - 1:
            sections = sections_in(field.annotation) or sections
    return parts, sections[0]


def _tags(section: type[Settings]) -> tuple[Any, ...]:
    """Values of the key that distinguishes the sections of a union."""
    fields = (section.model_fields.get(name) for name in ("family", "kind"))
    return tuple(tag for field in fields if field for tag in get_args(field.annotation))


def _discriminator(mistake: Any) -> str:
    """Key that distinguishes the sections of a union."""
    return str(mistake["ctx"]["discriminator"]).strip("'")


def _wrong_tag(context: Any) -> str:
    """Message about an unknown family or kind."""
    tag = str(context["tag"])
    known = str(context["expected_tags"]).replace("'", "")
    renamed = f"; it is {RENAMED[tag]} now" if tag in RENAMED else f"; there are {known}"
    return f"there is no {shown(tag)}{renamed}"


def _advice(key: str, section: type[Settings]) -> str:
    """Suggest what to write in place of an unknown key."""
    keys = list(section.model_fields)
    if RENAMED.get(key) in keys:
        return f"it is {RENAMED[key]} now"
    near = difflib.get_close_matches(key, keys, 1)
    return f"did you mean {near[0]}?" if near else f"known keys: {', '.join(keys)}"
