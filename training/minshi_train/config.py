"""Training configuration: YAML with `extends`, `--set a.b=c` overrides, and pydantic models that refuse unknown keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from minshi.errors import ConfigError
from minshi.labels import LabelInfo, LabelSchema
from minshi.window import check_window
from minshi_train.explain import explain
from minshi_train.yamlfile import load_tree, read_yaml

_Model = TypeVar("_Model", bound=BaseModel)
Share = Annotated[float, Field(ge=0, le=1)]
Loss = Literal["sequence", "character"]
Bf16 = Literal[True, False, "auto"]
MAX_POSITIONS = 512  # of the base encoder; one is taken by [CLS]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EncoderConfig(_Section):
    """Where training starts: a base encoder and how many of its layers are kept.

    Of a model that is gone on from, `heads` attention heads and `feed_forward` channels are kept in each layer, all by default.
    """

    path: Path
    layers: int = Field(gt=0)
    heads: int | None = Field(default=None, gt=0)
    feed_forward: int | None = Field(default=None, gt=0)


class WindowConfig(_Section):
    """How long texts are cut, in characters; the released model carries it to the runtime."""

    size: int = Field(gt=0, lt=MAX_POSITIONS)
    context: int = Field(gt=0)


class PublicConfig(_Section):
    """Corpora of others, as a file such as configs/corpus.yaml describes them.

    `only` names the corpora that are used, all by default. Where one is not there, `missing` decides: "refuse" ends the
    build, "skip" goes on and build.json says so.
    """

    config: Path
    only: list[str] | None = None
    missing: Literal["refuse", "skip"] = "refuse"


class GeneratedConfig(_Section):
    """How many documents `minshi-train synth` adds to the training split, and by which configuration."""

    config: Path
    documents: int = Field(ge=0)


class DataConfig(_Section):
    """Annotated files, generated documents, corpora of others, and what is held back.

    Of `annotated`, shares are held back for dev and test, unless `dev` or `test` name files of their own. Files of `train` are
    never held back: annotation that is good enough to learn from, but not to judge by. `drop_leaks` leaves out training
    documents that share text or telling values with held-back ones; a public benchmark is used as it is. So many `excerpts` of
    the training documents, single fields and rows, join them.
    """

    annotated: list[str] = Field(min_length=1)
    train: list[str] = []
    dev: list[str] = []
    test: list[str] = []
    drop_leaks: bool = True
    generated: GeneratedConfig | None = None
    public: PublicConfig | None = None
    excerpts: int = Field(default=0, ge=0)
    dev_share: float = Field(ge=0, lt=0.5)
    test_share: float = Field(ge=0, lt=0.5)
    limit: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _holds_back(self) -> DataConfig:
        for split in ("dev", "test"):
            if (getattr(self, f"{split}_share") > 0) == bool(getattr(self, split)):
                raise ValueError(f"give either {split} files or a {split}_share above 0")
        return self


class TrainConfig(_Section):
    """The optimisation.

    `loss` asks for the right tag sequence of a window, or for the right tag of each character by itself; `mask_share` is the
    share of characters that training hides, `substitute` that of a label's spans that it replaces by others. `max_steps` sets
    the length in steps instead of epochs, `patience` ends it when dev strict F1 has not grown for so many epochs, `log_to`
    writes curves for TensorBoard or Trackio. `bf16: auto` computes in bfloat16 where that is markedly faster.
    """

    epochs: int = Field(gt=0)
    loss: Loss = "sequence"
    max_steps: int = Field(default=-1, ge=-1)
    batch_size: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    warmup_share: float = Field(ge=0, lt=1)
    dropout: float = Field(ge=0, lt=1)
    attention_dropout: float = Field(ge=0, lt=1)
    mask_share: float = Field(default=0.0, ge=0, le=0.5)
    substitute: dict[str, Share] = {}
    max_grad_norm: float = Field(gt=0)
    bf16: Bf16
    patience: int | None = Field(default=None, gt=0)
    log_to: Literal["none", "tensorboard", "trackio"] = "none"


class DistillConfig(_Section):
    """Teachers, runs or model folders of one label schema, whose mean tag probabilities make `weight` of the loss.

    `documents` paragraphs of plain `text` that share nothing with `exclude` are learned from the teachers alone.
    """

    teachers: list[Path] = Field(min_length=1)
    weight: float = Field(gt=0, le=1)
    temperature: float = Field(gt=0)
    text: list[str] = []
    exclude: list[Path] = []
    documents: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _has_text(self) -> DistillConfig:
        if self.documents and not self.text:
            raise ValueError("documents: of which text? Set text")
        return self


class ExportConfig(_Section):
    """The ONNX file."""

    smoothing: float = Field(ge=0, le=1)
    reduce_range: bool


class GateConfig(_Section):
    """What `verify` refuses; shares are 0 to 1."""

    max_logit_difference: float = Field(ge=0)
    min_windows: int = Field(ge=0)
    min_span_agreement: Share
    max_f1_loss: Share
    max_recall_loss: Share
    max_model_bytes: int = Field(gt=0)
    max_slowdown: float = Field(gt=0)


class Config(_Section):
    """One training run, whole; `source` is the file it was loaded from, filled in on loading.

    `start` is a finished run or a model folder with the same labels: training goes on from its weights instead of the bare
    encoder's. Of a deeper one, `start_layers` says which of its layers are kept, counted from 0 at the bottom.
    """

    source: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    seed: int = Field(ge=0, lt=2**32)
    labels: Path
    release_to: Path
    encoder: EncoderConfig
    window: WindowConfig
    data: DataConfig
    start: Path | None = None
    start_layers: list[int] | None = None
    train: TrainConfig
    distill: DistillConfig | None = None
    export: ExportConfig
    gates: GateConfig

    @model_validator(mode="after")
    def _keeps_parts_of_something(self) -> Config:
        kept = self.encoder
        parts = {"start_layers": self.start_layers, "encoder.heads": kept.heads, "encoder.feed_forward": kept.feed_forward}
        if self.start is None and (named := [key for key, value in parts.items() if value]):
            raise ValueError(f"{named[0]}: of which model? Set start")
        return self


def trained_models(config: Config) -> Iterator[tuple[str, Path]]:
    """Yield the runs and model folders that a training begins with or learns from, each with its key."""
    if config.start:
        yield "start", config.start
    if config.distill:
        yield from (("distill.teachers", teacher) for teacher in config.distill.teachers)


def parse_config(path: Path, overrides: Iterable[str] = ()) -> Config:
    """Load a configuration without looking at the files that it names; raises ConfigError as `load_config` does."""
    tree = load_tree(path, overrides)
    tree["source"] = path.as_posix()
    try:
        config = Config.model_validate(tree)
    except ValidationError as err:
        raise ConfigError(f"{path}: {explain(err, Config)}") from None
    try:
        check_window(config.window.size, config.window.context)
    except ConfigError as err:
        raise ConfigError(f"{path}: window.context: {err}") from None
    return config


def load_section(path: Path, model: type[_Model]) -> _Model:
    """Load a file that is one model as a whole, such as configs/synth.yaml; raises ConfigError naming file and key."""
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as err:
        raise ConfigError(f"{path}: {explain(err, model)}") from None


def load_labels(path: Path) -> tuple[LabelInfo, ...]:
    """Load the label schema file: every label, model and rule; raises ConfigError naming the file and the label."""
    tree = read_yaml(path)
    if "labels" not in tree:
        raise ConfigError(f"{path}: not a label schema, which begins with 'labels'; its keys: {', '.join(map(str, tree))}")
    try:
        return tuple(LabelInfo.from_mapping(entry) for entry in tree["labels"])
    except (AttributeError, KeyError, TypeError) as err:
        raise ConfigError(f"{path}: not a label schema ({type(err).__name__}: {err})") from None
    except ConfigError as err:
        raise ConfigError(f"{path}: {err}") from None


def model_schema(labels: Iterable[LabelInfo]) -> LabelSchema:
    """Return the tag set of the labels that the model finds, in file order."""
    return LabelSchema(tuple(label.id for label in labels if label.kind == "model"))


def dump_config(config: Config, path: Path) -> None:
    """Write the resolved configuration, so that a run directory says how it was made."""
    path.write_text(yaml.safe_dump(config.model_dump(mode="json"), allow_unicode=True, sort_keys=False), encoding="utf-8")
