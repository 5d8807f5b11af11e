"""What the fields of a web page show: what is filled in, and what is chosen in a list."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

# Kinds of <input> that show no text of a person's own; a browser takes a kind that it does not know for text.
_NO_TEXT_INPUTS = frozenset(
    ("hidden", "password", "checkbox", "radio", "file", "image", "submit", "reset", "button", "color", "range")
)


def value(field: LexborNode) -> str:
    """Return the text that an <input> shows, "" where it shows none of a person's own."""
    kind = (field.attributes.get("type") or "text").strip().lower()
    return "" if kind in _NO_TEXT_INPUTS else field.attributes.get("value") or ""


def chosen(select: LexborNode) -> list[LexborNode]:
    """Return the options of a <select> that are chosen; of a drop-down list the one that shows, by default the first that may."""
    options: list[LexborNode] = []
    default: LexborNode | None = None
    stack = [(child, False) for child in reversed(list(select.iter()))]
    while stack:
        node, is_disabled = stack.pop()
        is_disabled = is_disabled or (node.tag in ("option", "optgroup") and "disabled" in node.attributes)
        if node.tag == "option":
            if "selected" in node.attributes:
                options.append(node)
            elif default is None and not is_disabled:
                default = node
        elif node.tag != "select":  # hostile pages nest them
            stack.extend((child, is_disabled) for child in reversed(list(node.iter())))
    if "multiple" in select.attributes:
        return options
    return options[-1:] or ([default] if default is not None and _rows_shown(select) == 1 else [])


def _rows_shown(select: LexborNode) -> int:
    size = (select.attributes.get("size") or "").strip()
    return max(int(size), 1) if size.isdecimal() and len(size) < 10 else 1
