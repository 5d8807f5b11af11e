"""One line for what a pydantic model refuses of a configuration: the key, the reason, the nearest valid name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from minshi.errors import did_you_mean, nearest


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Return that line for an `error` of `model`; an unknown key goes before anything else."""
    errors = error.errors()
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "literal_error":
        allowed = re.findall(r"'(.*?)'", first["ctx"]["expected"])
        return f"{where}: {first['msg']}, not {first['input']!r}{did_you_mean(str(first['input']), allowed)}"
    if first["type"] != "extra_forbidden":
        return f"{where}: {first['msg']}"
    known = _keys_beside(first["loc"], model)
    return f"{where}: unknown key{did_you_mean(str(first['loc'][-1]), known) or '; known: ' + ', '.join(known)}"


def instead(place: Path) -> str:
    """Return what stands beside the first part of a path that is missing, and has nearly its name, as a question, or nothing."""
    gone = next((part for part in (*reversed(place.parents), place) if not part.exists()), place)
    near = nearest(gone.name, (path.name for path in gone.parent.iterdir())) if gone.parent.is_dir() else None
    return f", did you mean {(gone.parent / near).as_posix()!r}?" if near else ""


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
