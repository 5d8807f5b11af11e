from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from minshi.errors import ModelError
from minshi.scorer import OrtScorer
from minshi.window import code_points

TAGS = 11


@pytest.fixture(scope="module")
def scorer(toy_bundle) -> OrtScorer:
    return OrtScorer((toy_bundle / "model.onnx").read_bytes(), tags=TAGS)


def test_code_points_become_log_probabilities(scorer):
    log_probs = scorer(code_points("Nn甲\U0010ffff")[None])
    assert (log_probs.shape, log_probs.dtype) == ((1, 4, TAGS), np.float32)
    assert log_probs.argmax(axis=-1).tolist() == [[1, 2, 0, 0]]
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=-1), 1, atol=1e-5)


def test_threads_may_share_a_scorer(scorer):
    windows = [code_points("NnAaFfHhRr" * size)[None] for size in range(1, 40)]
    expected = [scorer(window) for window in windows]
    with ThreadPoolExecutor(4) as pool:
        for ours, theirs in zip(pool.map(scorer, windows), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("data", [b"", b"not a model", b"\x00" * 100])
def test_bytes_that_are_no_model_are_refused_in_one_line(data):
    with pytest.raises(ModelError, match="refuses") as caught:
        OrtScorer(data, tags=TAGS)
    assert "\n" not in str(caught.value)


def test_a_model_of_another_width_is_refused(toy_bundle):
    with pytest.raises(ModelError, match=r"scores 11 tags.* names 13"):
        OrtScorer((toy_bundle / "model.onnx").read_bytes(), tags=13)


def test_a_file_is_read_as_onnx_even_if_it_is_marked_as_the_own_format_of_onnxruntime(make_toy):
    model = make_toy.build()
    model.producer_name = "ORTMXYZ"
    assert model.SerializeToString()[4:8] == b"ORTM"
    assert OrtScorer(model.SerializeToString(), tags=TAGS)(code_points("甲")[None]).shape == (1, 1, TAGS)


def test_an_answer_that_is_no_number_is_refused(make_toy):
    from onnx import numpy_helper

    model = make_toy.build()
    table = numpy_helper.to_array(model.graph.initializer[1]).copy()
    table[ord("N"), 3] = np.nan
    model.graph.initializer[1].CopyFrom(numpy_helper.from_array(table, "table"))
    scorer = OrtScorer(model.SerializeToString(), tags=TAGS)
    assert scorer(code_points("A")[None]).shape == (1, 1, TAGS)
    with pytest.raises(ModelError, match="no number"):
        scorer(code_points("AN")[None])


@pytest.mark.parametrize("change", ["name", "type", "rank", "second input", "second output"])
def test_a_model_with_other_inputs_or_outputs_is_refused(change, make_toy):
    from onnx import TensorProto, helper

    model = make_toy.build()
    graph = model.graph
    if change == "name":
        graph.node[0].input[0] = graph.input[0].name = "input_ids"
    elif change == "type":
        graph.node.insert(0, helper.make_node("Cast", ["wide"], ["code_points"], to=TensorProto.INT32))
        graph.input[0].name = "wide"
        graph.input[0].type.tensor_type.elem_type = TensorProto.INT64
    elif change == "rank":
        graph.input[0].type.tensor_type.shape.dim.pop()
        graph.output[0].type.tensor_type.shape.dim.pop(0)
    elif change == "second input":
        graph.input.append(helper.make_tensor_value_info("mask", TensorProto.INT32, ["batch"]))
    else:
        graph.output.append(helper.make_tensor_value_info("clamped", TensorProto.INT32, ["batch", "chars"]))
    with pytest.raises(ModelError, match="input and output"):
        OrtScorer(model.SerializeToString(), tags=TAGS)
