"""The table of all settings, made from the typed config."""

from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from ..core.fields import Settings
from .cases import Case
from .experiment import Experiment

INTRODUCTION = """\
# Settings

<!-- Made by `make docs`; edit workflow/ecgi/settings.py instead. -->

`config.yaml` is the experiment that `make` runs. Another experiment is laid over it, so that it says
only what differs:

    snakemake --cores all --configfile config/phantom.yaml

Units are in the names. A key that is not in these tables is refused, before anything runs.
`config.yaml` sets some keys to other values than their defaults.
"""


def config_docs():
    """Markdown page with every key of the experiment and of the cases table."""
    parts = [INTRODUCTION, _table("Experiment", Experiment)]
    for name, model in _nested(Experiment, ""):
        parts.append(_table(name, model))
    parts.append(
        _table(
            "The cases table", Case, "A tab-separated file, one heart per row; empty cells take the default."
        )
    )
    return "\n".join(parts)


def _nested(model, prefix):
    """Sections below a model, each once, with the path that leads there."""
    for key, field in model.model_fields.items():
        section = _section(field.annotation)
        if section:
            path = f"{prefix}{key}" + (".<name>" if get_origin(field.annotation) is dict else "")
            yield path, section
            yield from _nested(section, f"{path}.")


def _section(annotation):
    """The settings class inside an annotation, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    return next((found for found in map(_section, get_args(annotation)) if found), None)


def _table(title, model, introduction=None):
    lines = [f"## {title}\n", introduction or (model.__doc__ or "").strip().splitlines()[0], ""]
    lines += ["| key | type and range | default | meaning |", "|---|---|---|---|"]
    for key, field in model.model_fields.items():
        if _section(field.annotation):
            said = f"{field.description}; " if field.description else ""
            lines.append(f"| `{key}` | section | | {said}see below |")
            continue
        kind = _kind(field.annotation, field.metadata)
        default = "required" if field.default is PydanticUndefined else f"`{_plain(field.default)}`"
        lines.append(f"| `{key}` | {kind} | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _kind(annotation, metadata):
    """Type and range in words."""
    if get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata = [*metadata, *more]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "one of " + ", ".join(f"`{value}`" for value in arguments)
    if origin is dict:
        return f"mapping from {_kind(arguments[0], [])} to {_kind(arguments[1], [])}"
    if origin in (list, tuple):
        inner = _kind(arguments[0], [])
        count = f"{len(arguments)} × " if origin is tuple else "list of "
        return count + inner
    if origin in (UnionType, Union):
        given = next(argument for argument in arguments if argument is not NoneType)
        return f"{_kind(given, metadata)} or null"
    name = {int: "integer", float: "number", str: "text", bool: "true or false"}[annotation]
    bounds = [bound for item in metadata for bound in _bounds(item)]
    return " ".join([name, ", ".join(bounds)]).strip()


def _bounds(constraint):
    """Words for one constraint; a field's own holds several."""
    for item in getattr(constraint, "metadata", [constraint]):
        for attribute, sign in (("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤")):
            if getattr(item, attribute, None) is not None:
                yield f"{sign} {getattr(item, attribute):g}"
        if getattr(item, "multiple_of", None):
            yield f"multiple of {item.multiple_of:g}"
        if getattr(item, "pattern", None):
            yield f"like {item.pattern.replace('|', chr(92) + '|')}"


def _plain(value):
    """A default as YAML would have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(str, value)) + "]"
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(entry)}" for key, entry in value.items()) + "}"
    return "empty" if value == "" else str(value)


if __name__ == "__main__":
    print(config_docs(), end="")
