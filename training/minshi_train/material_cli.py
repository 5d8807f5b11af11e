"""Commands that make what a training begins with: an adapted or a warmed-up encoder, generated notices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minshi_train.adapt import AdaptConfig
from minshi_train.adapt import adapt as adapt_encoder
from minshi_train.config import PublicConfig, load_labels, load_section, model_schema
from minshi_train.console import one_line_errors
from minshi_train.corpus.annotated import write_annotated
from minshi_train.corpus.public import find_sources, words_by_symbol
from minshi_train.progress import progress
from minshi_train.synth.generate import generate, load_synth_config
from minshi_train.warmup import WarmupConfig, warm_up

EncoderOut = Annotated[Path, typer.Option("--out", help="Run directory; the encoder is written to its folder `encoder`.")]


def adapt(
    config: Annotated[Path, typer.Argument(help="Such as configs/adapt.yaml.", metavar="CONFIG")],
    out: EncoderOut = Path("runs/adapt"),
) -> None:
    """Adapt the base encoder to plain text before tagging is learned; an interrupted run goes on where it was."""
    with one_line_errors():
        adapt_encoder(load_section(config, AdaptConfig), out)


def warmup(
    config: Annotated[Path, typer.Argument(help="Such as configs/warmup.yaml.", metavar="CONFIG")],
    out: EncoderOut = Path("runs/warmup"),
) -> None:
    """Teach the base encoder words by corpora with labels of their own; an interrupted run goes on where it was."""
    with one_line_errors():
        warm_up(load_section(config, WarmupConfig), out)


def synth(
    out: Annotated[Path, typer.Option("--out", "-o", help="JSON Lines file to write; it appears when it is whole.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many documents.")] = 1000,
    config: Annotated[Path, typer.Option("--config", help="Lexicons, templates, seed, shares and noise.")] = Path(
        "configs/synth.yaml"
    ),
    labels: Annotated[Path, typer.Option("--labels", help="The label schema.")] = Path("configs/labels.yaml"),
    public: Annotated[
        Path | None, typer.Option("--public", help="Also use the word lists of this file, such as configs/corpus.yaml.")
    ] = None,
) -> None:
    """Generate annotated notices from lexicons and templates: the same seed writes the same bytes."""
    with one_line_errors():
        _, word_lists, _ = find_sources(PublicConfig(config=public, only=[]) if public else None)
        schema = model_schema(load_labels(labels))
        docs = generate(load_synth_config(config), schema.labels, count, words=words_by_symbol(word_lists))
        write_annotated(out, progress(docs, "documents", total=count))
