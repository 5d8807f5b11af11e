"""Documents without end: a template, people to fill it, noise. The same seed gives the same bytes, whatever the count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from pydantic import BaseModel, ConfigDict, Field

from minshi.errors import ConfigError
from minshi.types import Document, Span
from minshi_train.config import load_section
from minshi_train.synth.expand import Lexicon, Writer
from minshi_train.synth.noise import NOISES, add_noise
from minshi_train.synth.people import Runs
from minshi_train.synth.places import load_divisions
from minshi_train.synth.templates import load_grammar, load_templates, read_confusions


class SynthConfig(BaseModel):
    """What is generated: lexicons, templates, the share of documents with nothing to find, kinds of names, noise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lexicons: Path
    templates: Path
    seed: int
    negative_share: float = Field(ge=0, le=1)
    name_kinds: dict[str, float] = Field(min_length=1)
    noise: dict[str, float]


def load_synth_config(path: Path) -> SynthConfig:
    """Read configs/synth.yaml; raises ConfigError naming the file and the key."""
    config = load_section(path, SynthConfig)
    if unknown := set(config.noise) - set(NOISES):
        raise ConfigError(f"{path}: noise: {min(unknown)!r} is none of {', '.join(NOISES)}")
    for folder in (config.lexicons, config.templates):
        if not folder.is_dir():
            raise ConfigError(f"{path}: {folder}: no such folder (paths are relative to where you run)")
    return config


def generate(
    config: SynthConfig, labels: tuple[str, ...], count: int, *, words: Mapping[str, tuple[float, Sequence[str]]] | None = None
) -> Iterator[Document]:
    """Yield `count` documents with gold spans; `meta` names the genre, the form, the template and the noise.

    Args:
        words: more words for unmarked symbols, `{symbol: (share, words)}`: so often one of them fills the slot.

    Raises:
        InputError: a lexicon or a template is malformed.
        ConfigError: a kind of name or a symbol of `words` that no lexicon holds.
    """
    grammar = load_grammar(config.lexicons, labels)
    templates = load_templates(config.templates, grammar, labels)
    if unknown := set(config.name_kinds) - {*grammar, "han", "compound"}:
        raise ConfigError(f"name_kinds: no lexicon holds {min(unknown)!r}")
    if unknown := set(words or ()) - set(grammar):
        raise ConfigError(f"words for {min(unknown)!r}: no lexicon holds that symbol")
    confusions, lexicon, divisions = read_confusions(config.lexicons), Lexicon(grammar, words), load_divisions()
    halves = [[each for each in templates if each.negative == negative] for negative in (False, True)]
    for number in range(count):
        rng = Random(f"{config.seed}:{number}")
        template = rng.choice(halves[rng.random() < config.negative_share] or templates)
        text, spans = _joined(Writer(rng, lexicon, divisions, config.name_kinds).write(template.body))
        text, spans, noise = add_noise(rng, text, spans, config.noise, confusions)
        meta = {"genre": template.genre, "form": template.form, "template": template.id, "noise": noise}
        yield Document(f"synth-{config.seed}-{number}", text, spans, meta=meta)


def _joined(runs: Runs) -> tuple[str, tuple[Span, ...]]:
    spans, length = [], 0
    for text, label in runs:
        if label and text.strip():
            blank_before, blank_after = len(text) - len(text.lstrip()), len(text) - len(text.rstrip())
            spans.append(Span(length + blank_before, length + len(text) - blank_after, label, by="gold"))
        length += len(text)
    return "".join(text for text, _ in runs), tuple(spans)
