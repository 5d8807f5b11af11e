"""fp32 ONNX to int8: weights of matrix products with dynamic activations, and the embedding table row by row."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from minshi.scorer import INPUT
from minshi_train.export import CLASSIFIER, SHRINK
from minshi_train.rounding import round_products, scales_of

_LEAST_PEAK = 0.2  # a GELU is never below -0.17, before it is smoothed: a row without a peak is divided by something of that size


def quantize(
    model: onnx.ModelProto, windows: Iterable[NDArray[np.int32]], *, smoothing: float, reduce_range: bool
) -> onnx.ModelProto:
    """Return an int8 copy.

    The classifier stays float: it is small, and its errors would go straight into the log-probabilities.

    Args:
        windows: code points [T] of typical text, on which the range of activations is measured.
        smoothing: how much of an activation's range moves into the weights, 0 to 1; see `smooth`.
        reduce_range: weights so small in pairs that sums of u8 x s8 products cannot saturate where VNNI is missing; see
            `scales_of`.
    """
    texts = list(windows)
    even = level_rows(smooth(centre(model, texts), texts, strength=smoothing))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        onnx.save(_with_int8_embeddings(even), source)
        with _only_errors():
            quantize_dynamic(
                source,
                target,
                op_types_to_quantize=["MatMul"],
                nodes_to_exclude=[CLASSIFIER],
                per_channel=True,
                weight_type=QuantType.QInt8,
                extra_options={"DefaultTensorType": TensorProto.FLOAT},
            )
        quantized = onnx.load(target)
    _round_again(quantized, even, texts, saturates=reduce_range)
    del quantized.metadata_props[:]
    quantized.metadata_props.extend(model.metadata_props)
    return quantized


@contextmanager
def _only_errors() -> Iterator[None]:
    """Leave out what onnxruntime says of pre-processing, and of products without weights, which is known here."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def centre(model: onnx.ModelProto, windows: Iterable[NDArray[np.int32]]) -> onnx.ModelProto:
    """Return a copy that computes the same, with each channel of an activation moved so that its range is about 0.

    An int8 activation has one zero for all channels, so one whose values lie all on one side widens the range for the
    others (Outlier Suppression+, Wei et al. 2023, arXiv:2304.09145). It costs no node: what is taken from the shift of a
    norm, or from the value that attention mixes in shares that add up to 1, the products behind it have in their biases, and
    so has what is added to the norm's output again. Behind a GELU there is no such place.
    """
    copy = deepcopy(model)
    weights = {weight.name: weight for weight in copy.graph.initializer}

    def add(name: str, change: NDArray[Any]) -> None:
        value = numpy_helper.to_array(weights[name])
        weights[name].CopyFrom(_tensor(value + np.pad(change, (len(value) - len(change), 0)), name))

    for node, (low, high) in _activation_ranges(model, windows).items():
        layer, kind = node.split(".")
        middle = (low + high) / 2
        if kind == SHRINK:
            continue
        if kind == "qkv":
            before = int(layer.removeprefix("layer")) - 1
            add("embedding_norm.shift" if before < 0 else f"layer{before}.output_norm.shift", -middle)
            add(f"{layer}.attention.bias", middle)
        elif kind == "grow":
            add(f"{layer}.attention_norm.shift", -middle)
            add(f"{layer}.{SHRINK}.bias", middle)
        else:
            add(f"{layer}.qkv.bias", -middle)  # its last third is the value's
        add(f"{node}.bias", middle @ numpy_helper.to_array(weights[f"{node}.weight"]))
    return copy


def smooth(model: onnx.ModelProto, windows: Iterable[NDArray[np.int32]], *, strength: float) -> onnx.ModelProto:
    """Return a copy that computes the same, with the outliers of activations moved into the weights.

    An int8 activation has one scale for all channels, so a few channels of large values take the precision from the
    others. Each channel is divided by a factor that its row of the weight is multiplied by (SmoothQuant, Xiao et al.
    2023, arXiv:2211.10438).
    """
    copy = deepcopy(model)
    weights = {weight.name: weight for weight in copy.graph.initializer}
    ranges = _activation_ranges(model, windows)
    nodes = []
    for node in copy.graph.node:
        if node.name in ranges:
            weight = numpy_helper.to_array(weights[node.input[1]])
            of_rows = np.abs(weight).max(axis=1).clip(1e-5)
            factors = np.maximum(*map(np.abs, ranges[node.name])).clip(1e-5) ** strength / of_rows ** (1 - strength)
            factors /= np.exp(np.log(factors).mean())
            weights[node.input[1]].CopyFrom(_tensor(weight * factors[:, None], node.input[1]))
            divisors = f"{node.name}.divisors"
            copy.graph.initializer.append(_tensor(1 / factors, divisors))
            nodes.append(helper.make_node("Mul", [node.input[0], divisors], [f"{node.name}.in"], name=f"{node.name}.in"))
            node.input[0] = f"{node.name}.in"
        nodes.append(node)
    _replace_nodes(copy.graph, nodes)
    return copy


def level_rows(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy that computes the same, in which each row that comes from a GELU is divided by its peak until the product.

    An int8 activation has one scale for all characters too, and behind a GELU a few characters have values far above the
    others'. Elsewhere a norm has made them alike.
    """
    copy = deepcopy(model)
    copy.graph.initializer.append(_tensor(np.array(_LEAST_PEAK), "least_peak"))
    nodes = []
    for node in copy.graph.node:
        if not node.name.endswith(f".{SHRINK}"):
            nodes.append(node)
            continue
        of_rows, peak, level, product = (f"{node.name}.{part}" for part in ("peaks", "peak", "level", "product"))
        nodes += [
            helper.make_node("ReduceMax", [node.input[0]], [of_rows], name=of_rows, axes=[-1]),
            helper.make_node("Max", [of_rows, "least_peak"], [peak], name=peak),
            helper.make_node("Div", [node.input[0], peak], [level], name=level),
            helper.make_node(node.op_type, [level, node.input[1]], [product], name=node.name),
            helper.make_node("Mul", [product, peak], [node.output[0]], name=f"{node.name}.unlevel"),
        ]
    _replace_nodes(copy.graph, nodes)
    return copy


def _activation_ranges(
    model: onnx.ModelProto, windows: Iterable[NDArray[np.int32]]
) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Return the least and the greatest value of each input channel, [in] each, of every product that will be int8."""
    ranges: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
    for name, _, inputs in _inputs(model, windows):
        low, high = ranges.get(name, (inputs[0], inputs[0]))
        ranges[name] = np.minimum(low, inputs.min(axis=0)), np.maximum(high, inputs.max(axis=0))
    return ranges


def _round_again(
    quantized: onnx.ModelProto, source: onnx.ModelProto, windows: Iterable[NDArray[np.int32]], *, saturates: bool
) -> None:
    """Replace weights that were rounded to the nearest integer, entry by entry, by ones rounded for their products."""
    grams: dict[str, NDArray[Any]] = {}
    for _, weight, inputs in _inputs(source, windows):
        gram = inputs.T @ inputs
        grams[weight] = grams[weight] + gram if weight in grams else gram
    floats = {weight.name: numpy_helper.to_array(weight) for weight in source.graph.initializer}
    made = {weight.name: weight for weight in quantized.graph.initializer}
    for name, gram in grams.items():
        scales = scales_of(floats[name], saturates=saturates)
        rounded = round_products(floats[name], scales, gram, saturates=saturates)
        made[f"{name}_quantized"].CopyFrom(numpy_helper.from_array(rounded, f"{name}_quantized"))
        made[f"{name}_scale"].CopyFrom(_tensor(scales, f"{name}_scale"))


def _inputs(model: onnx.ModelProto, windows: Iterable[NDArray[np.int32]]) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    """Yield (node, weight, input [T, in]) of every product with a weight that will be int8, for each window."""
    watched = deepcopy(model)
    weights = {weight.name for weight in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in weights]
    products = [node for node in products if node.name != CLASSIFIER]
    for name in dict.fromkeys(node.input[0] for node in products):
        watched.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    session = ort.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    for window in windows:
        values = session.run([node.input[0] for node in products], {INPUT: window[None]})
        for node, value in zip(products, values, strict=True):
            yield node.name, node.input[1], value[0]


def _with_int8_embeddings(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replace the Gather of float rows by a Gather of int8 rows times a Gather of each row's own scale."""
    copy = deepcopy(model)
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
