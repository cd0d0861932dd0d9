"""Reference documentation of all settings, generated from their types."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from ..core.fields import Settings
from .cases import Case
from .experiment import Experiment
from .messages import sections_in

INTRODUCTION = """\
# Settings

<!-- Made by `make docs`; edit the settings in workflow/ecgi instead. -->

`config.yaml` is the experiment that `make` runs. Another experiment is laid over it, so that it holds
only what differs:

    snakemake --cores all --configfile config/phantom.yaml

Units are in the names. A key that is not in these tables is refused, before anything runs.
`config.yaml` sets some keys to other values than their defaults.
"""


def config_docs() -> str:
    """Render every key of the experiment and of the cases table as a Markdown page."""
    parts = [INTRODUCTION, _table("Experiment", Experiment)]
    shown: dict[type[Settings], str] = {}
    for name, model in _nested(Experiment, ""):
        first = shown.setdefault(model, name)
        if first == name:
            parts.append(_table(name, model))
        else:
            parts.append(f"## {name}\n\nAs `{first}`.\n")
    parts.append(
        _table(
            "The cases table", Case, "A tab-separated file, one heart per row; empty cells take the default."
        )
    )
    return "\n".join(parts)


def _nested(model: type[Settings], prefix: str) -> Iterator[tuple[str, type[Settings]]]:
    """Sections below a model, each once, with the path that leads there."""
    for key, field in model.model_fields.items():
        sections = sections_in(field.annotation)
        path = f"{prefix}{key}" + (".<name>" if get_origin(field.annotation) is dict else "")
        for section in sections:
            tag = f" of {_tag(section)}" if len(sections) > 1 else ""
            yield f"{path}{tag}", section
            yield from _nested(section, f"{path}.")


def _tag(section: type[Settings]) -> str:
    """Key and value that distinguish a section from the others of a union."""
    key = next(name for name in ("family", "kind") if name in section.model_fields)
    (value,) = get_args(section.model_fields[key].annotation)
    return f"{key} {value}"


def _table(title: str, model: type[Settings], introduction: str | None = None) -> str:
    """Table of the keys of a section."""
    lines = [f"## {title}\n", introduction or (model.__doc__ or "").strip().splitlines()[0], ""]
    lines += ["| key | type and range | default | meaning |", "|---|---|---|---|"]
    for key, field in model.model_fields.items():
        if sections_in(field.annotation):
            meaning = f"{field.description}; " if field.description else ""
            lines.append(f"| `{key}` | section | | {meaning}see below |")
            continue
        kind = _kind(field.annotation, field.metadata)
        default = "required" if field.default is PydanticUndefined else f"`{_plain(field.default)}`"
        lines.append(f"| `{key}` | {kind} | {default} | {_meaning(model, key)} |")
    return "\n".join(lines) + "\n"


def _meaning(model: type[Settings], key: str) -> str:
    """Description of a key, inherited where a subclass only narrows its type."""
    fields = (getattr(base, "model_fields", {}).get(key) for base in model.__mro__)
    return next((field.description for field in fields if field and field.description), "")


def _kind(annotation: Any, metadata: list[Any]) -> str:
    """Format the type and range of a field."""
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
        given = [_kind(argument, metadata) for argument in arguments if argument is not NoneType]
        return " or ".join([*given, *(["null"] if NoneType in arguments else [])])
    name = {int: "integer", float: "number", str: "text", bool: "true or false"}[annotation]
    bounds = [bound for item in metadata for bound in _bounds(item)]
    return " ".join([name, ", ".join(bounds)]).strip()


def _bounds(constraint: Any) -> Iterator[str]:
    """Format a constraint, or each of those that a field's constraint holds."""
    for item in getattr(constraint, "metadata", [constraint]):
        for attribute, sign in (("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤")):
            if getattr(item, attribute, None) is not None:
                yield f"{sign} {getattr(item, attribute):g}"
        if getattr(item, "multiple_of", None):
            yield f"multiple of {item.multiple_of:g}"
        if getattr(item, "pattern", None):
            yield f"like {item.pattern.replace('|', chr(92) + '|')}"


def _plain(value: Any) -> str:
    """Format a default as YAML."""
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
