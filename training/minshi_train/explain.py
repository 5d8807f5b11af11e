"""One line for what a pydantic model refuses of a configuration: the key, the reason, the nearest valid name."""

from __future__ import annotations

import difflib
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
    near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
    return f"{where}: unknown key" + (f", did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}")


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
