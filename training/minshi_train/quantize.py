"""fp32 ONNX to int8: weights of matrix products with dynamic activations, and the embedding table row by row."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from minshi.scorer import INPUT
from minshi_train.export import CLASSIFIER


def quantize(
    model: onnx.ModelProto, windows: Iterable[NDArray[np.int32]], *, smoothing: float, reduce_range: bool
) -> onnx.ModelProto:
    """Return an int8 copy.

    The classifier stays float: it is small, and its errors would go straight into the log-probabilities.

    Args:
        windows: code points [T] of typical text, on which the range of activations is measured.
        smoothing: how much of an activation's range moves into the weights, 0 to 1; see `smooth`.
        reduce_range: 7-bit weights, so that sums of u8 x s8 products cannot saturate where VNNI is missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        onnx.save(_with_int8_embeddings(smooth(model, windows, strength=smoothing)), source)
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=[CLASSIFIER],
            per_channel=True,
            reduce_range=reduce_range,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        quantized = onnx.load(target)
    del quantized.metadata_props[:]
    quantized.metadata_props.extend(model.metadata_props)
    return quantized


def smooth(model: onnx.ModelProto, windows: Iterable[NDArray[np.int32]], *, strength: float) -> onnx.ModelProto:
    """Return a copy that computes the same, with the outliers of activations moved into the weights.

    An int8 activation has one scale for all channels, so a few channels of large values take the precision from the
    others. Each channel is divided by a factor that its row of the weight is multiplied by (SmoothQuant, Xiao et al.
    2023, arXiv:2211.10438).
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    weights = {weight.name: weight for weight in copy.graph.initializer}
    ranges = _activation_ranges(model, windows)
    nodes = []
    for node in copy.graph.node:
        if node.name in ranges:
            weight = numpy_helper.to_array(weights[node.input[1]])
            of_rows = np.abs(weight).max(axis=1).clip(1e-5)
            factors = ranges[node.name].clip(1e-5) ** strength / of_rows ** (1 - strength)
            factors /= np.exp(np.log(factors).mean())
            weights[node.input[1]].CopyFrom(_tensor(weight * factors[:, None], node.input[1]))
            divisors = f"{node.name}.divisors"
            copy.graph.initializer.append(_tensor(1 / factors, divisors))
            nodes.append(helper.make_node("Mul", [node.input[0], divisors], [f"{node.name}.in"], name=f"{node.name}.in"))
            node.input[0] = f"{node.name}.in"
        nodes.append(node)
    _replace_nodes(copy.graph, nodes)
    return copy


def _activation_ranges(model: onnx.ModelProto, windows: Iterable[NDArray[np.int32]]) -> dict[str, NDArray[Any]]:
    """Return the largest magnitude of each input channel, [in], of every product with a weight that will be int8."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    weights = {weight.name for weight in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in weights]
    inputs = {node.name: node.input[0] for node in products if node.name != CLASSIFIER}
    for name in dict.fromkeys(inputs.values()):
        watched.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    session = ort.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    ranges: dict[str, NDArray[Any]] = {}
    for window in windows:
        for name, value in zip(inputs, session.run(list(inputs.values()), {INPUT: window[None]}), strict=True):
            magnitudes = np.abs(value[0]).max(axis=0)
            ranges[name] = np.maximum(ranges[name], magnitudes) if name in ranges else magnitudes
    return ranges


def _with_int8_embeddings(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replace the Gather of float rows by a Gather of int8 rows times a Gather of each row's own scale."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    table = next(weight for weight in graph.initializer if weight.name == "word_embeddings")
    rows = numpy_helper.to_array(table)
    scales = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-12) / 127
    place, gather = next((i, node) for i, node in enumerate(graph.node) if table.name in node.input)
    graph.initializer.remove(table)
    graph.initializer.append(numpy_helper.from_array(np.rint(rows / scales).astype(np.int8), "word_embeddings.int8"))
    graph.initializer.append(_tensor(scales, "word_embeddings.scales"))
    index = gather.input[1]
    nodes = [
        helper.make_node("Gather", ["word_embeddings.int8", index], ["words.int8"], name="words.int8"),
        helper.make_node("Cast", ["words.int8"], ["words.float"], name="words.float", to=TensorProto.FLOAT),
        helper.make_node("Gather", ["word_embeddings.scales", index], ["words.scale"], name="words.scale"),
        helper.make_node("Mul", ["words.float", "words.scale"], list(gather.output), name="words"),
    ]
    _replace_nodes(graph, [*graph.node[:place], *nodes, *graph.node[place + 1 :]])
    return copy


def _tensor(values: NDArray[Any], name: str) -> TensorProto:
    return numpy_helper.from_array(values.astype(np.float32), name)


def _replace_nodes(graph: onnx.GraphProto, nodes: Iterable[onnx.NodeProto]) -> None:
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(kept)
