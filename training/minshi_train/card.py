"""The model card, generated from the run so that it cannot disagree with what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from minshi.bundle import Bundle
from minshi_train.config import Config, load_section
from minshi_train.corpus.public import PublicSources

CARD_FILE = "MODEL_CARD.md"
_WEAKEST = 3  # genres named among the limits
_TELLING = 10  # spans below which a share says little
_POINT_SHARES = ("character_recall", "leaking_spans", "leaking_documents", "over_redaction", "negative_documents_flagged")
_SHIPPED = Path("data")  # what is below it is minshi's own and under its licences (data/README.md)


def render_card(
    config: Config, bundle: Bundle, build: dict[str, Any], report: dict[str, Any], provenance: Mapping[str, Any]
) -> str:
    """Return the card as Markdown."""
    int8, fp32 = report["test"]["int8"], report["test"]["fp32"]
    labels = ", ".join(f"`{label.id}` ({label.zh})" for label in bundle.labels if label.kind == "model")
    return f"""# minshi {bundle.version}

A token classifier for Chinese text: it marks {labels}. `minshi labels` says what each means.
`model.onnx` takes Unicode code points and returns log-probabilities of {len(bundle.schema.tags)} BIO tags, one per character.
It is int8, {report["model_bytes"] / 1e6:.1f} MB, with {config.encoder.layers} transformer layers, for windows of {bundle.window}
characters. SHA-256 `{bundle.sha256}`.

## Intended use

Finding these in text like that of its test documents, such as before it is published, with a person looking at the findings.
It is not a guarantee of compliance: it misses spans and marks harmless ones, at the rates below.
Not for: judging persons, languages other than Chinese, text of other kinds without measuring it first.{_ruled(bundle)}

## Data

Fine-tuned from the encoder in `{config.encoder.path.as_posix()}` on annotated documents ({_annotated(config)};
`data/README.md` says what those in `data/` are), split by document{_generated(config)}.{_started(config)}
{_public_corpora(config, build)}

| split | documents | characters | spans |
| --- | ---: | ---: | ---: |
{_data_rows(build["splits"])}

## Licences

{_lines(_licences(config))}

## Results

The released int8 file with minshi's own decoding and rules, on the {int8["documents"]} held-back test documents. Strict: start,
end and label all right. Reproduce: `minshi-train run {config.source}` with the settings under `provenance` in
`manifest.json`, then read `verify.json` in the run directory. Made with {_libraries(provenance)}.

| label | gold | precision | recall | F1 | F1, int8 - fp32 |
| --- | ---: | ---: | ---: | ---: | ---: |
{_label_rows(int8, fp32)}

- Strict micro F1 before quantization (fp32): {fp32["micro"]["f1"]:.3f}.
- Agreement of int8 with fp32 spans on {report["windows"]} windows of dev and test: F1 {report["span_agreement"]:.4f}.
- Sensitive characters found, whatever the label: {int8["character_recall"]:.1%}.
- Of the characters marked, {int8["character_precision"]:.1%} are sensitive.
- Of the characters that are not sensitive, {int8["over_redaction"]:.2%} are marked.
- Of the documents with something to find, {int8["leaking_documents"]:.1%} keep at least one sensitive character unmarked.
- Of {int8["negative_documents"]} documents with nothing to find, {int8["negative_documents_flagged"]:.1%} get a finding.

By form and length of the document, and by genre where there are several documents; names by their kind, recall alone:

| slice | documents | gold | precision | recall | F1 |
| --- | ---: | ---: | ---: | ---: | ---: |
{_lines(_slice_rows(report["slices"]))}

## Operating points

Chosen at run time (`minshi tag --point high_recall`, `Tagger.load(point=...)`), fitted on dev, measured on test. `balanced` is
the model as trained; `high_recall` raises the odds of each label, `high_precision` leaves out findings that are less sure.
Shares are of sensitive characters that are found, of sensitive spans and of documents with something to find that keep one
unmarked (a leak), of the other characters that are marked, and of documents with nothing to find that get a finding.

| point | precision | recall | F1 | characters found | leaking spans | leaking documents | others marked | negatives flagged |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{_point_rows(report.get("points", {}))}

## Known limits

{_lines(_weak(int8, report["slices"]))}
- On text of other kinds than its data expect less; `minshi-train evaluate MODEL FILES` measures it on yours.

Scores are calibrated on dev: about that share of the findings with a score is right, start, end and label.
"""


def _lines(lines: Iterator[str]) -> str:
    return "\n".join(lines)


def _ruled(bundle: Bundle) -> str:
    if not any(label.kind == "rule" for label in bundle.labels):
        return ""
    return " Structured\nidentifiers (identity numbers, phones …) are found by the rule layer of `minshi`, not by the model."


def _slice_rows(slices: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    for dimension, values in slices.items():
        for name, row in values.items():
            # of documents with nothing to find, these say nothing
            figures = " | ".join(f"{row[key]:.3f}" if key in row and row["gold"] else "" for key in ("precision", "recall", "f1"))
            yield f"| {dimension} {name or 'none given'} | {row.get('documents', '')} | {row['gold']} | {figures} |"


def _weak(int8: Mapping[str, Any], slices: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    """Yield what is missed most, as far as the test documents tell."""
    labels, genres, names = (
        {name: row for name, row in rows.items() if row["gold"] >= _TELLING}
        for rows in (int8["labels"], slices.get("genre", {}), slices.get("name", {}))
    )
    if labels:
        label = min(labels, key=lambda each: labels[each]["recall"])
        missed = 1 - labels[label]["recall"]
        yield f"- Of the labels, `{label}` is missed most: {missed:.0%} of its spans are not found as they are annotated."
    if len(genres) > 1:
        worst = sorted(genres.items(), key=lambda each: each[1]["f1"])[:_WEAKEST]
        told = ", ".join(f"{name or 'none given'} ({row['f1']:.2f})" for name, row in worst)
        yield f"- The genres with the lowest F1: {told}."
    if len(names) > 1:
        kind = min(names, key=lambda each: names[each]["recall"])
        yield f"- Of names, those of the kind “{kind}” are missed most: {1 - names[kind]['recall']:.0%}."


def _started(config: Config) -> str:
    told = []
    if config.start:
        told.append("Training went on from the weights of an earlier model (`start` in `manifest.json`).")
    if config.encoder.heads or config.encoder.feed_forward:
        told.append("Of its attention heads and feed-forward channels, those that matter most were kept, where it had more.")
    if config.distill:
        told.append(f"{config.distill.weight:.0%} of the loss came from the tag probabilities of earlier models (`distill`).")
        if config.distill.documents:
            told.append(f"They alone taught up to {config.distill.documents:,} paragraphs of plain text that nobody annotated.")
    return "".join(f"\n{line}" for line in told)


def _generated(config: Config) -> str:
    if config.data.generated is None or config.data.generated.documents == 0:
        return ""
    return f", and on {config.data.generated.documents:,} generated ones (`{config.data.generated.config}`)"


def _annotated(config: Config) -> str:
    return ", ".join(f"`{pattern}`" for pattern in (*config.data.annotated, *config.data.train))


def _licences(config: Config) -> Iterator[str]:
    """Yield the terms of the model and of what it was trained on."""
    own = [pattern for pattern in (*config.data.annotated, *config.data.train) if not _is_shipped(pattern)]
    if own:
        yield "- Model: Apache-2.0 (`LICENSE`), as far as it comes from minshi."
        yield f"- Documents of {', '.join(f'`{pattern}`' for pattern in own)}: not part of minshi; ask who made them."
    else:
        yield "- Model: Apache-2.0 (`LICENSE`)."
    yield "- Annotated documents and the material of generated ones in `data/`: Apache-2.0 (`data/README.md`)."
    terms = "the MIT License (`NOTICE`)" if _is_shipped(config.encoder.path) else "not part of minshi; ask who made it"
    yield f"- Encoder in `{config.encoder.path.as_posix()}`: {terms}."
    if config.data.public:
        wanted, by_licence = config.data.public.only, dict[str, list[str]]()
        for corpus in load_section(config.data.public.config, PublicSources).corpora:
            if wanted is None or corpus.name in wanted:
                by_licence.setdefault(corpus.licence, []).append(corpus.name)
        yield from (f"- Not shipped, {', '.join(names)}: {licence}." for licence, names in by_licence.items())


def _is_shipped(place: str | Path) -> bool:
    return Path(place).is_relative_to(_SHIPPED)


def _libraries(provenance: Mapping[str, Any]) -> str:
    """Name what trained and exported the model."""
    libraries = {**provenance.get("libraries", {}), **provenance.get("export", {}).get("libraries", {})}
    return ", ".join(f"{name} {version}" for name, version in {"Python": provenance.get("python", ""), **libraries}.items())


def _public_corpora(config: Config, build: dict[str, Any]) -> str:
    if config.data.public is None:
        return "Nothing else was trained on."
    lacking = f" Missing were {', '.join(build['missing'])}." if build["missing"] else ""
    return (
        "Training also saw text that is not redistributed, counted here and named with its terms under Licences\n"
        f"(`{config.data.public.config}` says what each is and who annotated what in it).{lacking}"
    )


def _data_rows(build: dict[str, Any]) -> str:
    return "\n".join(
        f"| {split} | {entry['documents']} | {entry['characters']} | {sum(entry['spans'].values())} |"
        for split, entry in build.items()
    )


def _point_rows(points: dict[str, Any]) -> str:
    return "\n".join(
        f"| `{name}` | {row['micro']['precision']:.3f} | {row['micro']['recall']:.3f} | {row['micro']['f1']:.3f} "
        f"| {' | '.join(f'{row[key]:.1%}' if key in row else '' for key in _POINT_SHARES)} |"
        for name, row in points.items()
    )


def _label_rows(int8: Mapping[str, Any], fp32: Mapping[str, Any]) -> str:
    rows = [(f"`{label}`", row, row["gold"], fp32["labels"][label]) for label, row in int8["labels"].items()]
    rows.append(("**micro**", int8["micro"], sum(row["gold"] for row in int8["labels"].values()), fp32["micro"]))
    return "\n".join(
        f"| {label} | {gold} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} "
        f"| {round(row['f1'] - exact['f1'], 3) + 0.0:+.3f} |"  # + 0.0: nothing lost is no -0.000
        for label, row, gold, exact in rows
    )
