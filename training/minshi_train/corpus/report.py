"""report.html of a build: its counts as tables and bars, one file without scripts, no text of a document in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from minshi.types import Document
from minshi_train.corpus.stats import genres, length_classes, span_length_classes

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2733; }
h2 { margin-top: 2.2rem; } h3 { margin-bottom: .3rem; font-size: 1rem; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem; text-align: right; border-bottom: 1px solid #e4e8ee; }
td:first-child, th:first-child { text-align: left; } .grid { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0 2rem; }
.bar { display: flex; align-items: center; gap: .5rem; font-size: .85rem; }
.bar b { flex: 0 0 8rem; font-weight: normal; text-align: right; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.bar i { height: .8rem; background: #3d7ab8; min-width: 1px; } .bar span { color: #667; }
"""
_ROWS = ("documents", "characters", "without_spans", "length_median", "length_max", "genres")
_GROUPS = ("spans", "distinct_values", "forms")
_GENRES = 30


def write_report(path: Path, splits: Mapping[str, Sequence[Document]], manifest: Mapping[str, Any]) -> None:
    """Write the report of the splits, whose counts the manifest holds."""
    path.write_text(_page(splits, manifest), encoding="utf-8")


def _page(splits: Mapping[str, Sequence[Document]], manifest: Mapping[str, Any]) -> str:
    train = splits["train"]
    labels = sorted({span.label for docs in splits.values() for doc in docs for span in doc.spans})
    spans = "".join(_bars(label, span_length_classes(train, label)) for label in labels)
    lengths = "".join(_bars(split, length_classes(docs)) for split, docs in splits.items())
    facts = {"seed": manifest["seed"], "repeats left out": manifest["repeats_left_out"]}
    facts |= {"left out for sharing with held-back documents": manifest["leaks_left_out"], "problems": manifest["problems"]}
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>minshi corpus</title><style>{_STYLE}</style>'
        f"<h1>Corpus</h1><p>{'; '.join(f'{name}: {value:,}' for name, value in facts.items())}</p>"
        f"{_table(manifest['splits'])}"
        f'<h2>Length of documents, characters</h2><div class="grid">{lengths}</div>'
        f'<h2>Length of spans in train, characters</h2><div class="grid">{spans}</div>'
        f'<h2>Commonest genres</h2><div class="grid">'
        f"{''.join(_bars(split, genres(docs, _GENRES)) for split, docs in splits.items())}</div></html>\n"
    )


def _table(splits: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [(key.replace("_", " "), [entry[key] for entry in splits.values()]) for key in _ROWS]
    for group in _GROUPS:
        for key in sorted({key for entry in splits.values() for key in entry[group]}):
            rows.append((f"{group.replace('_', ' ')}: {key}", [entry[group].get(key, 0) for entry in splits.values()]))
    head = "".join(f"<th>{split}</th>" for split in splits)
    body = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(f'<td>{value:,}</td>' for value in values)}</tr>" for name, values in rows
    )
    return f"<table><tr><th></th>{head}</tr>{body}</table>"


def _bars(title: str, counts: Mapping[str, int]) -> str:
    most = max(counts.values(), default=1) or 1
    bars = "".join(
        f'<div class="bar"><b>{escape(name)}</b><i style="width:{100 * count / most / 2:.1f}%"></i><span>{count:,}</span></div>'
        for name, count in counts.items()
    )
    return f"<section><h3>{escape(title)}</h3>{bars}</section>"
