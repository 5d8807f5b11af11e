from __future__ import annotations

import numpy as np
import pytest

from minshi.bundle import load_bundle
from minshi.errors import ModelError
from minshi.model_file import read_metadata

onnx = pytest.importorskip("onnx")
helper = onnx.helper


@pytest.fixture
def model(make_toy) -> onnx.ModelProto:
    return make_toy.build()


def external(tensor: onnx.TensorProto) -> onnx.TensorProto:
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    return tensor


def small(name: str) -> onnx.TensorProto:
    return helper.make_tensor(name, onnx.TensorProto.FLOAT, [1], [0.5])


def refusal(model: onnx.ModelProto | bytes) -> str:
    with pytest.raises(ModelError) as caught:
        read_metadata(model if isinstance(model, bytes) else model.SerializeToString())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_metadata_is_read_as_onnx_wrote_it(model):
    helper.set_model_props(model, {"minshi": "{}", "author": "敏识", "empty": ""})
    assert read_metadata(model.SerializeToString()) == {"minshi": "{}", "author": "敏识", "empty": ""}


def test_weights_in_another_file_are_refused(model):
    external(model.graph.initializer[1])
    assert "other files" in refusal(model)


def test_naming_another_file_is_enough_to_be_refused(model):
    model.graph.initializer[1].external_data.add(key="location", value="weights.bin")
    assert "other files" in refusal(model)


def test_a_constant_kept_in_another_file_is_refused(model):
    model.graph.node.append(helper.make_node("Constant", [], ["c"], value=external(small("c"))))
    assert "other files" in refusal(model)


def test_a_sparse_weight_kept_in_another_file_is_refused(model):
    indices = helper.make_tensor("places", onnx.TensorProto.INT64, [1], [0])
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(external(small("sparse")), indices, [4]))
    assert "other files" in refusal(model)


def test_a_sparse_constant_kept_in_another_file_is_refused(model):
    indices = helper.make_tensor("places", onnx.TensorProto.INT64, [1], [0])
    sparse = helper.make_sparse_tensor(external(small("sparse")), indices, [4])
    model.graph.node.append(helper.make_node("Constant", [], ["c"], sparse_value=sparse))
    assert "other files" in refusal(model)


@pytest.mark.parametrize("key", [b"\xea\x80\x80\x80\x10", b"\xea\x80\x80\x80\x80\x10"], ids=["2**32", "2**39"])
def test_a_field_that_others_would_cut_to_another_number_is_refused(key, model):
    external_data = key + b"\x00"
    initializer = b"\x2a" + bytes([len(external_data)]) + external_data
    graph = b"\x3a" + bytes([len(initializer)]) + initializer
    assert "field number" in refusal(model.SerializeToString() + graph)


@pytest.mark.parametrize("key", [b"\x00", b"\x02"], ids=["varint", "bytes"])
def test_field_number_0_is_refused(key, model):
    assert "field number" in refusal(model.SerializeToString() + key + b"\x00")


@pytest.mark.parametrize("tail", [b"\xe8\x87\x00\x01", b"\xe8\x07\x81\x00"], ids=["key", "value"])
def test_a_number_of_more_bytes_than_it_needs_is_refused(tail, model):
    assert "longer than it need be" in refusal(model.SerializeToString() + tail)


def test_the_largest_numbers_that_protobuf_has_are_read(model):
    tail = b"\xf8\xff\xff\xff\x0f" + b"\xff" * 9 + b"\x01"  # field 2**29 - 1: -1
    assert "minshi" in read_metadata(model.SerializeToString() + tail)


def test_a_file_that_onnxruntime_would_take_for_its_own_format_is_refused(model):
    model.producer_name = "ORTMXYZ"
    assert model.SerializeToString()[4:8] == b"ORTM"
    assert "own format" in refusal(model)


@pytest.mark.parametrize("operator", ["If", "Loop", "Scan", "SequenceMap", "BeamSearch"])
def test_operators_that_repeat_or_branch_are_refused(operator, model):
    body = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "body", [], [])
    model.graph.node.append(helper.make_node(operator, ["x"], ["y"], body=body))
    assert "repeats or branches" in refusal(model)


@pytest.mark.parametrize("operator", ["ConstantOfShape", "Expand", "Range", "Resize", "OneHot"])
def test_operators_whose_result_is_as_large_as_a_number_says_are_refused(operator, model):
    model.graph.node.append(helper.make_node(operator, ["a", "b"], ["c"]))
    assert refusal(model) == f"the model makes tensors of any size ({operator}), which minshi does not run"


@pytest.mark.parametrize("amounts", [[0, 1 << 16], [0, 1 << 40], [0, -1], None])
def test_a_tensor_grows_by_a_small_constant_only(amounts, model):
    if amounts:
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(amounts, np.int64), "amounts"))
    model.graph.node.append(helper.make_node("Pad", ["a", "amounts"], ["c"]))
    assert refusal(model) == "the model makes tensors larger by more than minshi runs (Pad)"


def test_no_number_that_says_how_large_a_tensor_is_can_be_spoilt_in_the_shipped_model():
    file = load_bundle().model
    sizes = [t for t in onnx.load_from_string(file).graph.initializer if t.name in ("cls_place", "mask_times", "layer0.one_more")]
    assert len(sizes) == 3
    for tensor in sizes:
        place = file.index(tensor.SerializeToString()) + tensor.SerializeToString().index(tensor.raw_data)
        for at in range(len(tensor.raw_data)):
            spoilt = bytearray(file)
            spoilt[place + at] |= 0x80
            assert refusal(bytes(spoilt)).startswith("the model makes tensors larger")


def test_a_list_of_graphs_in_an_operator_is_refused(model):
    node = helper.make_node("If", ["x"], ["y"])
    node.attribute.add(name="bodies", type=onnx.AttributeProto.GRAPHS).graphs.add()
    model.graph.node.append(node)
    assert "repeats or branches" in refusal(model)


@pytest.mark.parametrize("domain", ["ai.evil", "com.microsoft.nchwc", "ai.onnx.ml", "AI.ONNX", " "])
def test_an_operator_of_a_foreign_domain_is_refused(domain, model):
    model.graph.node[0].domain = domain
    assert "foreign domain" in refusal(model)


def test_importing_a_foreign_domain_is_refused(model):
    model.opset_import.append(helper.make_opsetid("ai.evil", 1))
    assert "foreign domain" in refusal(model)


@pytest.mark.parametrize("domain", ["", "ai.onnx", "com.microsoft"])
def test_operators_of_known_domains_are_accepted(domain, model):
    model.graph.node[0].domain = domain
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    assert "minshi" in read_metadata(model.SerializeToString())


def test_functions_of_its_own_are_refused(model):
    node = helper.make_node("Add", ["a", "a"], ["b"])
    model.functions.append(helper.make_function("own", "Twice", ["a"], ["b"], [node], [helper.make_opsetid("", 17)]))
    assert "functions" in refusal(model)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"PK\x03\x04" + bytes(30), b"\x80" * 100, b"\xff" * 20, b"\x3a\x7f", b"\x38\x01", "敏识".encode()],
    ids=["empty", "text", "zip", "endless number", "ones", "cut short", "graph is a number", "Chinese"],
)
def test_what_is_not_onnx_is_refused(data):
    assert "not an ONNX model" in refusal(data)


def test_a_model_cut_short_anywhere_in_its_graph_is_refused(model):
    model.graph.doc_string = "last"
    data = model.SerializeToString()
    assert "not an ONNX model" in refusal(data[: len(data) // 2])


def test_a_name_that_is_not_utf_8_is_refused(model):
    data = model.SerializeToString().replace(b"minshi", b"minsh\xff")
    assert "not UTF-8" in refusal(data)
