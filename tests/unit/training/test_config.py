"""Configurations are checked before any work, with the key and the reason in the message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minshi.bundle import MANIFEST_FILE, MODEL_FILE, shipped_path
from minshi.errors import ConfigError
from minshi_train.cli import app
from minshi_train.config import load_labels, model_schema, parse_config
from minshi_train.folders import CHECKPOINT, WEIGHTS_FILE, is_model_folder, trained_files
from minshi_train.loading import load_config

ROOT = Path(__file__).parents[3]
BASE = ROOT / "configs" / "train" / "base.yaml"
SMOKE = ROOT / "configs" / "train" / "smoke.yaml"


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
        ("start_layers=[0, 1]", "start_layers: of which model? Set start"),
        ("start=data", "start: data: neither a trained run nor a model folder"),
        ("start=inference/minshi/modl", "start: inference/minshi/modl: no such file or folder"),
        ("train.epochs", "expected section.key=value"),
        (
            "train.substitute.NAMES=0.5",
            "train.substitute.NAMES: no such label (known: NAME, ADDRESS, FAMILY, HEALTH, RELIGION), did",
        ),
        ("encoder.path=data/encodr", "encoder.path: data/encodr: no such file or folder, did you mean 'data/encoder'?"),
        ("encoder.layers=99", "encoder.layers: data/encoder has 6 layers, cannot keep 99"),
        ("labels=configs/train/base.yaml", "labels: configs/train/base.yaml: not a label schema"),
        ("labels=configs", "labels: configs: cannot be read"),
        ("data.train=[data/anotated/*.jsonl]", "data.train: data/anotated/*.jsonl: no such file, did you mean 'data/annotated'?"),
        ("data.annotated=[data/annotated]", "data.annotated: data/annotated: no such file"),
        ("gates.max_f1_loss=5", "gates.max_f1_loss: Input should be less than or equal to 1"),
        ("gates.min_windows=-1", "gates.min_windows: Input should be greater than or equal to 0"),
        ("gates.max_model_bytes=0", "gates.max_model_bytes: Input should be greater than 0"),
        ("train.max_steps=-5", "train.max_steps: Input should be greater than or equal to -1"),
        (
            "distill={teachers: [runs], weight: 1, temperature: 1, exclude: [data/none.txt]}",
            "distill.exclude: data/none.txt: no such",
        ),
        (
            "distill={teachers: [inference/minshi/model], weight: 1, temperature: 1, documents: 9, text: [data/sampels/*.txt]}",
            "distill.text: data/sampels/*.txt: no such file, did you mean 'data/samples'?",
        ),
        (
            "distill={teachers: [inference/minshi/model], weight: 1, temperature: 1, documents: 9}",
            "distill: Value error, documents: of which text? Set text",
        ),
        ("train.loss=sequnce", "train.loss: Input should be 'sequence' or 'character', not 'sequnce', did you mean 'sequence'?"),
        ("train.log_to=tensorbord", "did you mean 'tensorboard'?"),
        (
            "data.public={config: configs/corpus.yaml, only: [mrsa]}",
            "data.public.only: configs/corpus.yaml has no corpus 'mrsa'; known: minshi_real, ",
        ),
        ("data.public={config: configs/corpus.yaml, only: [mrsa]}", "did you mean 'msra'?"),
    ],
)
def test_a_bad_setting_is_refused_by_name(override: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(BASE, [override])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ([], "encoder.layers: 2, but the model to start from has 6: set 6, or name 2 of them in start_layers"),
        (["encoder.layers=7"], "encoder.layers: 7, but the model to start from has 6: set 6"),
        (["encoder.layers=6", "encoder.heads=11"], "encoder.heads: the model to start from has 10, cannot keep 11"),
        (
            ["encoder.layers=6", "encoder.feed_forward=513"],
            "encoder.feed_forward: the model to start from has 512, cannot keep 513",
        ),
        (["start_layers=[0, 9, 2]"], "start_layers: the model has layers 0 to 5, not all of [0, 9, 2]"),
        (["start_layers=[0, 3, 2]"], "start_layers: [0, 3, 2] are 3 layers, but encoder.layers is 2"),
        (
            ["labels=configs/labels/custom.yaml"],
            "start: inference/minshi/model has other labels (NAME, ADDRESS, FAMILY, HEALTH, RELIGION) than this configuration"
            " (labels: PERSON, COURT, CAUSE)",
        ),
    ],
)
def test_a_model_that_does_not_fit_what_is_made_of_it_is_refused(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(SMOKE, ["start=inference/minshi/model", *overrides])
    assert str(caught.value) == f"{SMOKE}: {message}"


def test_layers_that_a_deeper_model_has_may_be_named() -> None:
    assert load_config(SMOKE, ["start=inference/minshi/model", "start_layers=[0, 3]"]).start_layers == [0, 3]


def test_a_teacher_of_other_labels_is_refused() -> None:
    distill = "distill={teachers: [inference/minshi/model], weight: 0.5, temperature: 1}"
    with pytest.raises(ConfigError, match=r"distill\.teachers: .* other labels \(NAME, .*\(labels: PERSON, COURT, CAUSE\)"):
        load_config(SMOKE, ["labels=configs/labels/custom.yaml", distill])


def test_a_window_longer_than_a_trained_model_reads_is_refused(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).mkdir(parents=True)
    (tmp_path / CHECKPOINT / WEIGHTS_FILE).touch()
    encoder = {"num_hidden_layers": 2, "max_position_embeddings": 128}
    tags = model_schema(load_labels(Path("configs/labels.yaml"))).tags
    (tmp_path / CHECKPOINT / "config.json").write_text(json.dumps({"encoder": encoder, "tags": tags}), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"window\.size: .* has 128 positions, one for \[CLS\]; cannot read 128 characters"):
        load_config(SMOKE, [f"start={tmp_path}"])
    (tmp_path / CHECKPOINT / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"start: .*best: not a trained checkpoint"):
        load_config(SMOKE, [f"start={tmp_path}"])


def test_annotation_with_labels_that_the_schema_lacks_is_refused(tmp_path: Path) -> None:
    names_it_in_the_text_alone = {"id": "a", "text": '"label": "NAEM"', "spans": [], "meta": {"label": "news"}}
    misspelt = {"id": "b", "text": "张三", "spans": [{"start": 0, "end": 2, "label": "NAEM"}]}
    path = tmp_path / "annotated.jsonl"
    path.write_text(json.dumps(names_it_in_the_text_alone), encoding="utf-8")
    load_config(SMOKE, [f"data.annotated=[{path}]"])
    path.write_text(f"{json.dumps(names_it_in_the_text_alone)}\n{json.dumps(misspelt)}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(SMOKE, [f"data.annotated=[{path}]"])
    assert f"{path}: document b: label 'NAEM' is not in the schema that `labels` names (NAME, " in str(caught.value)
    assert str(caught.value).endswith("did you mean 'NAME'?")
    path.write_text('{"spans": [{"label": "NA\\ME"}]}', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"annotated\.jsonl:1: not an annotated document"):
        load_config(SMOKE, [f"data.annotated=[{path}]"])


def test_corpora_with_labels_that_the_schema_lacks_are_refused() -> None:
    public = "data.public={config: configs/corpus.yaml, only: [cmeee], missing: skip}"
    with pytest.raises(ConfigError, match=r"data\.public: corpus cmeee: 'ADDRESS' is not a label of the schema"):
        load_config(SMOKE, ["labels=configs/labels/custom.yaml", public])


def test_a_command_that_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "run"
    for override in ("labels=configs/labels/custom.yaml", "start=inference/minshi/model"):
        result = CliRunner().invoke(app, ["run", str(SMOKE), "--set", override, "--out", str(out)])
        assert result.exit_code == 1
        assert not out.exists()


def test_a_missing_configuration_is_named_with_the_nearest_file(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"^configs/train/smok\.yaml: no such file, did you mean 'configs/train/smoke\.yaml'\?$"
    ):
        load_config(Path("configs/train/smok.yaml"))
    (tmp_path / "base.yaml").touch()
    path = tmp_path / "mine.yaml"
    path.write_text("extends: bsae.yaml\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.yaml: extends: bsae\.yaml: no such file, did you mean '.*/base\.yaml'\?$"):
        load_config(path)


def test_an_empty_mapping_takes_the_place_of_what_it_covers(tmp_path: Path) -> None:
    path = tmp_path / "substituting.yaml"
    path.write_text(f"extends: {BASE}\ntrain: {{substitute: {{NAME: 0.5}}}}\n", encoding="utf-8")
    assert load_config(path, ["train.substitute.HEALTH=0.1"]).train.substitute == {"NAME": 0.5, "HEALTH": 0.1}
    assert load_config(path, ["train.substitute={}"]).train.substitute == {}


def test_curves_for_what_is_not_installed_are_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"train\.log_to: trackio is not installed: pip install 'trackio'"):
        load_config(BASE, ["train.log_to=trackio"])
    with pytest.raises(ConfigError, match=r"train\.log_to: tensorboard is not installed: pip install 'minshi\[logs\]'"):
        load_config(BASE, ["train.log_to=tensorboard"])


def test_a_window_longer_than_the_encoder_reads_is_refused(tmp_path: Path) -> None:
    sizes = {"num_hidden_layers": 6, "max_position_embeddings": 384}
    (tmp_path / "config.json").write_text(json.dumps(sizes), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"window\.size: .* has 384 positions, one for \[CLS\]; cannot read 384"):
        load_config(BASE, [f"encoder.path={tmp_path}"])
    (tmp_path / "config.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"encoder\.path: .*config\.json: not the configuration of an encoder"):
        load_config(BASE, [f"encoder.path={tmp_path}"])


def test_a_run_that_holds_a_model_is_still_a_run(tmp_path: Path) -> None:
    weights, described = trained_files(shipped_path())
    assert (weights.name, described.name) == (MODEL_FILE, MANIFEST_FILE)
    (tmp_path / MODEL_FILE).touch()
    assert is_model_folder(tmp_path)
    (tmp_path / CHECKPOINT).mkdir(parents=True)
    assert not is_model_folder(tmp_path)
    assert trained_files(tmp_path)[0] == tmp_path / CHECKPOINT / WEIGHTS_FILE


def test_parsing_looks_at_no_file() -> None:
    assert parse_config(BASE, ["labels=none.yaml", "encoder.layers=99", "train.substitute.NAMES=0.5"]).encoder.layers == 99


@pytest.mark.parametrize("extends", ["5", "[5]", "{a: b}"])
def test_a_configuration_that_extends_no_file_is_refused(tmp_path: Path, extends: str) -> None:
    path = tmp_path / "five.yaml"
    path.write_text(f"extends: {extends}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"five\.yaml: extends: expected a file or a list of files"):
        load_config(path)


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
    path.write_text("labels: [{id: NAME, zh: 姓名, definition: x, knd: model, pipl: null}]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"label 'NAME': unknown key 'knd', did you mean 'kind'\?"):
        load_labels(path)
    path.write_text("labels: [{id: NAME, zh: 姓名, definition: x, kind: model, pipl: null}]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"label 'NAME': key 'gbt45574' is missing"):
        load_labels(path)
    path.write_text("label: []", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"not a label schema, which begins with 'labels'; its keys: label$"):
        load_labels(path)


def test_the_model_finds_the_labels_of_its_kind_in_file_order() -> None:
    schema = model_schema(load_labels(ROOT / "configs" / "labels.yaml"))
    assert schema.labels == ("NAME", "ADDRESS", "FAMILY", "HEALTH", "RELIGION")
