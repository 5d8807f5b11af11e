"""The network, its code-point table, its loss, and the ONNX files made from it, on a tiny random encoder."""

from __future__ import annotations

import copy
import itertools
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_tagger import small_tagger

from minshi.bundle import load_bundle
from minshi.errors import ConfigError, ModelError
from minshi.labels import LabelSchema
from minshi.scorer import INPUT, OrtScorer
from minshi.types import Document, Span
from minshi.window import code_points
from minshi_train.config import load_labels
from minshi_train.dataset import collate, good_answers, windows
from minshi_train.encoder import CLS, PAD, UNK, code_point_table, load_encoder
from minshi_train.export import to_onnx, write_bundle
from minshi_train.model import (
    CharTagger,
    TorchScorer,
    load_model,
    partial_cross_entropy,
    partial_sequence_loss,
    save_model,
)
from minshi_train.quantize import centre, level_rows, quantize, smooth

ROOT = Path(__file__).parents[3]
SCHEMA = LabelSchema(("NAME", "ADDRESS", "FAMILY", "HEALTH", "RELIGION"))
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁", "。", "、", "1", "(", "A", "a", "张", "三", "患", "病", "号", "I"]
TABLE = code_point_table(VOCAB)


@dataclass(frozen=True)
class Contract:
    """What export writes into the metadata."""

    size: int = 64
    context: int = 8

    def __call__(self) -> dict[str, object]:
        return {
            "format": 1,
            "version": "0.0.1",
            "tags": SCHEMA.tags,
            "window": self.size,
            "context": self.context,
            "fingerprint": SCHEMA.fingerprint,
        }


@pytest.fixture(scope="module", params=[4, 3], ids=["whole", "narrow"])
def model(request: pytest.FixtureRequest) -> CharTagger:
    sizes = {"hidden_size": 32, "head_size": 8, "intermediate_size": 64, "max_position_embeddings": 80}
    sizes |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return small_tagger(
        SCHEMA, VOCAB, seed=7, dropout=0.0, initializer_range=0.3, num_attention_heads=request.param, **sizes
    ).eval()


def _ragged() -> NDArray[np.int32]:
    texts = ["张三患病。", "张" * 60, "1", "A1（三）\n病\t号 😀𠮷"]
    batch = np.zeros((len(texts), 64), dtype=np.int32)
    for row, text in zip(batch, texts, strict=True):
        row[: len(text)] = code_points(text)
    return batch


def test_the_table_folds_width_and_tells_layout_and_rare_characters_apart() -> None:
    row = {char: int(TABLE[ord(char)]) for char in "（(１1Ⅱ\n\t\u3000 鿕é张"}
    assert row["（"] == row["("] == VOCAB.index("(")
    assert row["１"] == row["1"] == VOCAB.index("1")
    assert row["Ⅱ"] == VOCAB.index("I")
    assert row["\u3000"] == row[" "] == VOCAB.index("▁")
    assert [row["\n"], row["\t"], row["鿕"]] == [len(VOCAB), len(VOCAB) + 1, len(VOCAB) + 2]
    assert row["é"] == UNK
    assert TABLE[0] == PAD
    assert CLS not in TABLE


def test_the_shipped_encoder_loads_with_fewer_layers() -> None:
    encoder = load_encoder(ROOT / "data" / "encoder", layers=2, dropout=0.0, attention_dropout=0.0)
    assert len(encoder.body.encoder.layer) == 2
    assert encoder.table.max() < encoder.body.config.vocab_size


@pytest.mark.parametrize("layers", [0, 7])
def test_an_impossible_depth_is_refused(layers: int) -> None:
    with pytest.raises(ConfigError, match="6 layers"):
        load_encoder(ROOT / "data" / "encoder", layers=layers, dropout=0.0, attention_dropout=0.0)


def test_a_folder_that_is_no_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not an encoder folder"):
        load_encoder(tmp_path, layers=2, dropout=0.0, attention_dropout=0.0)


def test_a_checkpoint_scores_the_same_after_saving_and_loading(model: CharTagger, tmp_path: Path) -> None:
    save_model(model, tmp_path)
    np.testing.assert_array_equal(TorchScorer(load_model(tmp_path))(_ragged()), TorchScorer(model)(_ragged()))


def test_a_folder_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a trained checkpoint"):
        load_model(tmp_path)


def test_a_checkpoint_that_was_cut_off_is_refused(model: CharTagger, tmp_path: Path) -> None:
    save_model(model, tmp_path)
    weights = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelError, match="not a trained checkpoint"):
        load_model(tmp_path)


def test_fp32_onnx_equals_torch_on_ragged_padded_batches(model: CharTagger) -> None:
    batch = _ragged()
    scorer = OrtScorer(to_onnx(model, Contract()()).SerializeToString(), tags=len(SCHEMA.tags))
    np.testing.assert_allclose(scorer(batch)[batch != 0], TorchScorer(model)(batch)[batch != 0], atol=1e-4)


def test_onnxruntime_leaves_the_norms_apart_and_fuses_the_products(model: CharTagger, tmp_path: Path) -> None:
    int8 = quantize(to_onnx(model, Contract()()), [code_points("张三患病。")], smoothing=0.75, reduce_range=True)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath, options.log_severity_level = str(tmp_path / "optimised.onnx"), 3
    onnxruntime.InferenceSession(int8.SerializeToString(), options, providers=["CPUExecutionProvider"])
    operators = [node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node]
    assert "SkipLayerNormalization" not in operators  # its CPU kernel is several times slower than the two it replaces
    assert operators.count("LayerNormalization") == 1 + 2 * 2
    assert operators.count("Gelu") == 2


@given(st.lists(st.integers(1, 0x10FFFF), min_size=1, max_size=60), st.integers(0, 3))
def test_padding_and_any_code_point_leave_fp32_scores_alone(model: CharTagger, points: list[int], padding: int) -> None:
    scorer = _scorer(model)
    window = np.array([points], dtype=np.int32)
    padded = np.pad(window, ((0, 0), (0, padding)))
    np.testing.assert_allclose(scorer(padded)[:, : len(points)], scorer(window), atol=1e-4)


_SCORERS: dict[int, OrtScorer] = {}


def _scorer(model: CharTagger) -> OrtScorer:
    if id(model) not in _SCORERS:
        _SCORERS[id(model)] = OrtScorer(to_onnx(model, Contract()()).SerializeToString(), tags=len(SCHEMA.tags))
    return _SCORERS[id(model)]


def test_int8_is_smaller_standard_repeatable_and_near_fp32(model: CharTagger) -> None:
    fp32 = to_onnx(model, Contract()())
    windows = [code_points("张三患病。"), code_points("1（三）")]
    int8, again = (quantize(fp32, windows, smoothing=0.75, reduce_range=True) for _ in range(2))
    assert int8.SerializeToString(deterministic=True) == again.SerializeToString(deterministic=True)
    assert {opset.domain for opset in int8.opset_import} == {""}
    operators = [node.op_type for node in int8.graph.node]
    assert operators.count("MatMulInteger") == 2 * 4
    batch = _ragged()
    exact, rounded = _scorer(model)(batch), OrtScorer(int8.SerializeToString(), tags=len(SCHEMA.tags))(batch)
    same = (exact.argmax(-1) == rounded.argmax(-1))[batch != 0]
    assert same.mean() > 0.9


def test_centring_changes_no_score_and_no_node(model: CharTagger) -> None:
    fp32 = to_onnx(model, Contract()())
    centred = centre(fp32, [code_points("张三患病。"), code_points("1（三）")])
    scorer = OrtScorer(centred.SerializeToString(), tags=len(SCHEMA.tags))
    assert list(centred.graph.node) == list(fp32.graph.node)
    assert list(centred.graph.initializer) != list(fp32.graph.initializer)
    np.testing.assert_allclose(scorer(_ragged()), _scorer(model)(_ragged()), atol=1e-4)


def test_what_goes_into_int8_products_lies_about_zero_once_centred(model: CharTagger) -> None:
    windows = [code_points("张三患病。"), code_points("1（三）")]
    centred = centre(to_onnx(model, Contract()()), windows)
    watched = ("embedding_norm", "layer0.joined", "layer0.attention_norm", "layer0.output_norm", "layer1.attention_norm")
    for name in watched:
        centred.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(centred.SerializeToString(), providers=["CPUExecutionProvider"])
    for name in watched:
        seen = np.concatenate([session.run([name], {INPUT: window[None]})[0][0] for window in windows])
        np.testing.assert_allclose(seen.max(axis=0), -seen.min(axis=0), atol=1e-4)


def test_smoothing_changes_no_score(model: CharTagger) -> None:
    fp32 = to_onnx(model, Contract()())
    smoothed = smooth(fp32, [code_points("张三患病。")], strength=0.75)
    scorer = OrtScorer(smoothed.SerializeToString(), tags=len(SCHEMA.tags))
    assert len(smoothed.graph.node) > len(fp32.graph.node)
    np.testing.assert_allclose(scorer(_ragged()), _scorer(model)(_ragged()), atol=1e-3)


def test_levelled_rows_change_no_score(model: CharTagger) -> None:
    fp32 = to_onnx(model, Contract()())
    scorer = OrtScorer(level_rows(fp32).SerializeToString(), tags=len(SCHEMA.tags))
    assert len(level_rows(fp32).graph.node) == len(fp32.graph.node) + 2 * 4
    np.testing.assert_allclose(scorer(_ragged()), _scorer(model)(_ragged()), atol=1e-4)


def test_an_exported_bundle_loads_and_carries_the_labels(model: CharTagger, tmp_path: Path) -> None:
    labels = load_labels(ROOT / "configs" / "labels.yaml")
    write_bundle(tmp_path, to_onnx(model, Contract()()), labels, {"extra": 1})
    bundle = load_bundle(tmp_path)
    assert (bundle.labels, bundle.window, bundle.context) == (labels, 64, 8)
    assert bundle.manifest["extra"] == 1
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["sha256"] == bundle.sha256


def test_characters_are_masked_in_training_only(model: CharTagger) -> None:
    masking = copy.deepcopy(model)
    points = torch.from_numpy(_ragged())
    torch.testing.assert_close(masking.train()(points)["logits"], model(points)["logits"])
    masking.mask_share = 0.5
    torch.testing.assert_close(masking.eval()(points)["logits"], model(points)["logits"])
    assert not torch.equal(masking.train()(points)["logits"], model(points)["logits"])


def test_complete_annotation_has_the_ordinary_cross_entropy() -> None:
    logits = torch.randn(2, 5, 11)
    tags = torch.tensor([[0, 1, 2, 0, -100], [3, 4, 0, -100, -100]])
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tags.flatten(), ignore_index=-100)
    actual = partial_cross_entropy(logits, tags, torch.eye(11, dtype=torch.bool).expand(2, -1, -1))
    torch.testing.assert_close(actual, expected)


def test_what_a_corpus_does_not_annotate_is_not_taught_as_absent() -> None:
    sure_of_health = torch.full((1, 1, 11), -20.0)
    sure_of_health[0, 0, SCHEMA.begin_id("HEALTH")] = 20.0
    sure_of_name = sure_of_health.roll(SCHEMA.begin_id("NAME") - SCHEMA.begin_id("HEALTH"), dims=-1)
    outside = torch.tensor([[0]])
    only_names = torch.tensor([good_answers(SCHEMA, ["NAME"], [])])
    assert partial_cross_entropy(sure_of_health, outside, only_names).item() == pytest.approx(0, abs=1e-4)
    assert partial_cross_entropy(sure_of_name, outside, only_names).item() > 10


def test_loose_labels_do_not_teach_where_spans_begin() -> None:
    begin, inside = SCHEMA.begin_id("HEALTH"), SCHEMA.begin_id("HEALTH") + 1
    sure_of_inside = torch.full((1, 1, 11), -20.0)
    sure_of_inside[0, 0, inside] = 20.0
    gold = torch.tensor([[begin]])
    loose, strict = (torch.tensor([good_answers(SCHEMA, SCHEMA.labels, vague)]) for vague in (["HEALTH"], []))
    assert partial_cross_entropy(sure_of_inside, gold, loose).item() == pytest.approx(0, abs=1e-4)
    assert partial_cross_entropy(sure_of_inside, gold, strict).item() > 10


def test_the_sequence_loss_is_that_of_gold_sequences_among_all_legal_ones() -> None:
    schema = LabelSchema(("NAME", "HEALTH"))
    logits = 3 * torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(7))
    tags = torch.tensor([[0, 1, 2, 0], [3, 4, -100, -100]])
    answers = torch.tensor([good_answers(schema, ["NAME"], []), good_answers(schema, schema.labels, ["HEALTH"])])
    expected = 0.0
    for row, length in ((0, 4), (1, 2)):
        totals = {"gold": 0.0, "legal": 0.0}
        for path in itertools.product(range(5), repeat=length):
            if not (schema.start_allowed[path[0]] and schema.transition_allowed[path[:-1], path[1:]].all()):
                continue
            weight = math.exp(sum(logits[row, at, tag].item() for at, tag in enumerate(path)))
            totals["legal"] += weight
            if all(answers[row, tags[row, at], tag] for at, tag in enumerate(path)):
                totals["gold"] += weight
        expected -= math.log(totals["gold"] / totals["legal"]) / 6
    assert partial_sequence_loss(logits, tags, answers, schema).item() == pytest.approx(expected, rel=1e-5)


def test_the_sequence_loss_does_not_count_what_is_illegal_against_gold() -> None:
    """An I- that no B- goes before cannot be decoded, so the loss need not push it down; that of single characters does."""
    inside = SCHEMA.begin_id("NAME") + 1
    logits = torch.zeros(1, 1, 11)
    logits[0, 0, 0], logits[0, 0, inside] = 10.0, 20.0
    tags, answers = torch.tensor([[0]]), torch.eye(11, dtype=torch.bool)[None]
    assert partial_sequence_loss(logits, tags, answers, SCHEMA).item() == pytest.approx(0, abs=1e-2)
    assert partial_cross_entropy(logits, tags, answers).item() > 5


def test_training_windows_are_the_runtimes_and_carry_clipped_tags() -> None:
    doc = Document("d", "。" * 30 + "张三患病" * 10, (Span(30, 70, "NAME"),), meta={"complete": ["NAME"]})
    rows = list(windows([doc], SCHEMA, size=40, context=4))
    assert len(rows) > 2
    assert all(len(row["code_points"]) == len(row["tags"]) <= 40 for row in rows)
    assert rows[2]["tags"][0] == SCHEMA.begin_id("NAME")
    assert rows[0]["answers"] == good_answers(SCHEMA, ["NAME"], [])
    batch = collate(rows)
    assert batch["code_points"].shape == batch["tags"].shape == (len(rows), max(row["length"] for row in rows))
