"""A checkpoint as a folder of transformers: its own classes load it, and it gives the tags of our model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_tagger import small_tagger
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline
from typer.testing import CliRunner

from minshi.bundle import load_bundle, shipped_path
from minshi.decode import viterbi
from minshi.errors import ModelError
from minshi.labels import LabelSchema
from minshi.window import code_points
from minshi_train.cli import app
from minshi_train.config import dump_config, parse_config
from minshi_train.encoder import CLS, UNK
from minshi_train.folders import CHECKPOINT
from minshi_train.hf import export_hf
from minshi_train.model import CharTagger, TorchScorer, save_model
from minshi_train.restore import restore

ROOT = Path(__file__).parents[3]
SCHEMA = LabelSchema(("NAME", "ADDRESS"))
VECTORS = ROOT / "tests" / "data" / "vectors.jsonl"
VOCAB = (ROOT / "data" / "encoder" / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
TEXTS = [
    "张三，住溪口村３组（1号）。",
    " 张\t三\r\n\n李 四\u3000王\u2028五 ",
    "[CLS]张三[PAD][UNK][SEP]",
    "😀𠮷鿕é e\u0301 \ufeff\0ｱ㈠Ⅱ① ﬁ",
]


@pytest.fixture(scope="module", params=[4, 3], ids=["whole", "narrow"])
def model(request: pytest.FixtureRequest) -> CharTagger:
    sizes = {"hidden_size": 32, "head_size": 8, "intermediate_size": 64, "max_position_embeddings": 80}
    return small_tagger(
        SCHEMA, VOCAB, seed=3, dropout=0.2, initializer_range=0.5, num_attention_heads=request.param, **sizes
    ).eval()


@pytest.fixture(scope="module")
def folder(model: CharTagger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run_dir = tmp_path_factory.mktemp("run")
    save_model(model, run_dir / CHECKPOINT)
    smoke = ROOT / "configs" / "train" / "smoke.yaml"
    dump_config(parse_config(smoke, ["window.size=79", "window.context=8"]), run_dir / "config.yaml")
    done = CliRunner().invoke(app, ["export", str(run_dir), "--format", "hf"])
    assert done.exit_code == 0, done.output
    return run_dir / "hf"


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(folder)


def _scores(model: CharTagger, text: str) -> NDArray[np.float32]:
    return TorchScorer(model)(code_points(text)[None])[0]


def _tags(model: CharTagger, text: str) -> list[str]:
    return [SCHEMA.tags[tag] for tag in _scores(model, text).argmax(axis=1)]


def _sequence(model: CharTagger, text: str) -> list[str]:
    return [SCHEMA.tags[tag] for tag in viterbi(_scores(model, text), SCHEMA)]


@pytest.mark.parametrize("text", TEXTS)
def test_the_pipeline_of_transformers_gives_the_tags_of_our_model(folder: Path, model: CharTagger, text: str) -> None:
    tag = pipeline("token-classification", model=str(folder), device="cpu", ignore_labels=[])
    found = tag(text)
    assert [(entry["start"], entry["end"]) for entry in found] == [(place, place + 1) for place in range(len(text))]
    assert [entry["entity"] for entry in found] == _tags(model, text)
    assert len(set(_tags(model, text))) > 1


def test_every_character_gets_the_row_of_the_table(tokenizer: Any, model: CharTagger) -> None:
    codes = [code for code in range(1, 0x30000) if not 0xD800 <= code < 0xE000]
    for start in range(0, len(codes), 4096):
        part = codes[start : start + 4096]
        rows = tokenizer("".join(map(chr, part)), add_special_tokens=False, verbose=False)["input_ids"]
        np.testing.assert_array_equal(rows, model.table[torch.tensor(part)].numpy())


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_character_is_a_token_at_its_place(tokenizer: Any, text: str) -> None:
    encoded = tokenizer(text, return_offsets_mapping=True, verbose=False)
    assert encoded["input_ids"][0] == CLS
    assert encoded["offset_mapping"][1:] == [(place, place + 1) for place in range(len(text))]


def test_logits_are_ours_beside_longer_neighbours(folder: Path, tokenizer: Any, model: CharTagger) -> None:
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    with torch.inference_mode():
        logits = AutoModelForTokenClassification.from_pretrained(folder).eval()(**batch).logits
        for text, row in zip(TEXTS, logits, strict=True):
            ours = model(torch.from_numpy(code_points(text)[None]))["logits"][0]
            torch.testing.assert_close(row[1 : 1 + len(text)], ours, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("text", TEXTS)
def test_a_pipeline_that_runs_the_folders_code_gives_whole_sequences(folder: Path, model: CharTagger, text: str) -> None:
    tag = pipeline("token-classification", model=str(folder), device="cpu", ignore_labels=[], trust_remote_code=True)
    assert [entry["entity"] for entry in tag(text)] == _sequence(model, text)


def test_the_best_sequences_are_those_beside_longer_neighbours(folder: Path, tokenizer: Any, model: CharTagger) -> None:
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    with torch.inference_mode():
        ours = AutoModelForTokenClassification.from_pretrained(folder, trust_remote_code=True).eval()(**batch).logits
    assert any(_sequence(model, text) != _tags(model, text) for text in TEXTS)
    for text, row in zip(TEXTS, ours, strict=True):
        assert [SCHEMA.tags[tag] for tag in row[1 : 1 + len(text)].argmax(dim=-1)] == _sequence(model, text)


def test_saving_the_tokenizer_again_loses_nothing(tokenizer: Any, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    for text in TEXTS:
        assert again(text)["input_ids"] == tokenizer(text)["input_ids"]


def test_the_folder_says_what_it_is(folder: Path, tokenizer: Any, model: CharTagger) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["BertForTokenClassification"]
    assert tuple(config["label2id"]) == SCHEMA.tags
    assert config["classifier_dropout"] == pytest.approx(0.1)  # load_model builds for inference with the default
    assert len(tokenizer) == config["vocab_size"]
    assert tokenizer.model_max_length == 80
    assert tokenizer.unk_token_id == UNK


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a trained checkpoint"):
        export_hf(tmp_path, tmp_path / "out")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shipped") / "hf"
    done = CliRunner().invoke(app, ["export", str(shipped_path()), "--format", "hf", "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out


def test_the_shipped_model_runs_in_a_pipeline(shipped: Path) -> None:
    text = "申请人鲁春生，家住石桥镇溪口村3组17号，患尿毒症，靠透析维持。"
    found = pipeline(
        "token-classification", model=str(shipped), device="cpu", aggregation_strategy="simple", trust_remote_code=True
    )(text)
    assert [text[entry["start"] : entry["end"]] for entry in found if entry["entity_group"] == "NAME"] == ["鲁春生"]
    assert AutoTokenizer.from_pretrained(shipped).model_max_length == 1 + load_bundle(shipped_path()).window


def test_each_vector_of_one_window_gets_the_tags_of_the_shipped_model(shipped: Path) -> None:
    tag = pipeline("token-classification", model=str(shipped), device="cpu", ignore_labels=[], trust_remote_code=True)
    ours = restore(shipped_path())
    vectors = [json.loads(line)["text"] for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    texts = [text for text in vectors if 0 < len(text) <= load_bundle(shipped_path()).window and _is_unicode(text)]
    assert len(texts) > 30
    for text in texts:
        expected = viterbi(TorchScorer(ours)(code_points(text)[None])[0], ours.schema)
        assert [entry["entity"] for entry in tag(text)] == [ours.schema.tags[tag] for tag in expected], text


def _is_unicode(text: str) -> bool:
    """Tell whether a tokenizer takes a text, which must be without lone surrogates."""
    return not any(0xD800 <= ord(character) < 0xE000 for character in text)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["configs/train/smoke.yaml", "--format", "hf"], "--format hf takes a run directory or a model folder"),
        (["configs/train/smoke.yaml", "--out", "nowhere"], "--out nowhere: not the run directory of configs/train/smoke.yaml"),
        (["inference/minshi/model", "--format", "hf"], "inference/minshi/model: name the folder to write with --out"),
        (["inference/minshi/model"], "inference/minshi/model: not a configuration"),
        (["inference/minshi/model", "--format", "hf", "--set", "seed=1"], "--set changes a configuration"),
        (["nowhere", "--format", "hf"], "nowhere/checkpoints/best: not a trained checkpoint"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_one_line(
    arguments: list[str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(app, ["export", *arguments])
    assert done.exit_code == 1, done.output
    assert reason in done.output
    assert len(done.output.strip().splitlines()) == 1
