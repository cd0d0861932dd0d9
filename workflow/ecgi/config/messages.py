"""Messages about settings that can't be used."""

from ..core.errors import InputError, one_line, shown
from ..core.fields import Settings

MOST_MISTAKES = 20  # that are told at once


class ConfigError(InputError):
    """A setting that can't be used; one line per mistake."""


def explain(error, source, model):
    """One line per mistake of a `ValidationError`, in words that name the key and the cure."""
    lines = []
    mistakes = error.errors(include_url=False)
    for mistake in mistakes[:MOST_MISTAKES]:
        key = one_line(".".join(part if isinstance(part, str) else shown(part) for part in mistake["loc"]))
        message = mistake["msg"].removeprefix("Value error, ")
        if mistake["type"] == "extra_forbidden":
            message = f"unknown key; {_closest(mistake['loc'], model)}"
        elif key:
            message = f"{message}, not {shown(mistake['input'])}"
        lines.append(f"{source}: {key + ': ' if key else ''}{message}")
    if len(mistakes) > MOST_MISTAKES:
        lines.append(f"{source}: {len(mistakes) - MOST_MISTAKES} mistakes more")
    return "\n".join(lines)


def _closest(location, model):
    """Advice for a mistyped key."""
    import difflib

    for part in location[:-1]:
        if isinstance(part, str) and part in getattr(model, "model_fields", {}):
            annotation = model.model_fields[part].annotation
            arguments = [a for a in getattr(annotation, "__args__", ()) if isinstance(a, type)]
            model = next((a for a in arguments if issubclass(a, Settings)), annotation)
    keys = list(getattr(model, "model_fields", {}))
    near = difflib.get_close_matches(str(location[-1]), keys, 1)
    return f"did you mean {near[0]}?" if near else f"known keys: {', '.join(keys)}"
