"""The source files that a module of this project is made of: its own, and those of all that it imports, directly or not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import minshi
import minshi_train

_ROOTS = {package.__name__: Path(package.__path__[0]) for package in (minshi, minshi_train)}


@cache
def sources(module: str) -> tuple[Path, ...]:
    """Return them sorted; what is only imported for type checkers does not count.

    >>> [path.name for path in sources("minshi.errors")]
    ['__init__.py', 'errors.py']
    """
    found: set[Path] = set()
    todo = [module]
    while todo:
        name = todo.pop()
        path = _file(name)
        if path is None or path in found:
            continue
        found.add(path)
        package, _, _ = name.rpartition(".")
        todo += [package, *_imported(ast.parse(path.read_bytes()))]
    return tuple(sorted(found))


def _file(name: str) -> Path | None:
    package, *parts = name.split(".")
    if package not in _ROOTS:
        return None
    place = _ROOTS[package].joinpath(*parts)
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _imported(node: ast.AST) -> Iterator[str]:
    """Yield what may be names of modules: of `from a import b` both a and a.b."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from _imported(child)
