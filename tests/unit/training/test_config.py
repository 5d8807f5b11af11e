"""Configurations are checked before any work, with the key and the reason in the message."""

from __future__ import annotations

from pathlib import Path

import pytest

from minshi.errors import ConfigError
from minshi_train.config import load_config, load_labels, model_schema

ROOT = Path(__file__).parents[3]
BASE = ROOT / "configs" / "train" / "base.yaml"


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_overrides_reach_nested_settings() -> None:
    config = load_config(BASE, ["train.epochs=3", "data.limit=10"])
    assert (config.train.epochs, config.data.limit) == (3, 10)


def test_extending_keeps_what_is_not_overridden() -> None:
    smoke = load_config(ROOT / "configs" / "train" / "smoke.yaml")
    base = load_config(BASE)
    assert smoke.encoder.layers != base.encoder.layers
    assert smoke.encoder.path == base.encoder.path
    assert smoke.train.weight_decay == base.train.weight_decay


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.epoch=3", "train.epoch: unknown key, did you mean 'epochs'?"),
        ("train.epochs=three", "train.epochs: Input should be a valid integer"),
        ("window.size=512", "window.size: Input should be less than 512"),
        ("window.context=97", "window.context: window of 384 characters with 97 of context: context must be 1 to a quarter"),
        ("encoder.path=data/no-such-encoder", "data/no-such-encoder: no such file or folder"),
        ("data.public={config: README.md, mising: skip}", "did you mean 'missing'?"),
        ("start_layers=[0, 1]", "start_layers: of which run? Set start"),
        ("start=data", "data/checkpoints/best/model.safetensors: no such file or folder"),
        ("train.epochs", "expected section.key=value"),
    ],
)
def test_a_bad_setting_is_refused_by_name(override: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(BASE, [override])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_configuration_that_extends_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "loop.yaml"
    path.write_text("extends: loop.yaml\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="extends itself"):
        load_config(path)


def test_broken_yaml_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("train: [1, 2\nseed: 3", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_label_with_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text("labels: [{id: NAME, zh: 姓名, definition: x, kind: model, pipl: null, gbt: null}]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"'NAME'.*gbt"):
        load_labels(path)


def test_the_model_finds_the_labels_of_its_kind_in_file_order() -> None:
    schema = model_schema(load_labels(ROOT / "configs" / "labels.yaml"))
    assert schema.labels == ("NAME", "ADDRESS", "FAMILY", "HEALTH", "RELIGION")
