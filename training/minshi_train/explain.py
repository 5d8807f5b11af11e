"""One line for what a pydantic model refuses of a configuration: the key, the reason, the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Return that line for an `error` of `model`; an unknown key goes before anything else."""
    errors = error.errors()
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{where}: {first['msg']}"
    known = _keys_beside(first["loc"], model)
    return f"{where}: unknown key{did_you_mean(str(first['loc'][-1]), known) or '; known: ' + ', '.join(known)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the nearest of the known names as the question that ends a message, or nothing where none is near.

    >>> did_you_mean("epoch", ["epochs", "seed"])
    ", did you mean 'epochs'?"
    """
    near = nearest(name, known)
    return f", did you mean {near!r}?" if near else ""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is nearest to a misspelt one, None where none is near."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1)), None)


def _keys_beside(location: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """Return the keys that are allowed where the last part of `location` stands."""
    section: Any = model
    for part in location[:-1]:
        if isinstance(part, int):  # an item of a list of sections
            (section,) = get_args(section)
        else:
            kinds = get_args(annotation := section.model_fields[part].annotation)
            section = kinds[0] if type(None) in kinds else annotation  # a section that may be left out
    return list(section.model_fields)
