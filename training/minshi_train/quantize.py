"""fp32 ONNX to int8: weights of matrix products with dynamic activations, and the embedding table row by row."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from minshi_train.export import CLASSIFIER


def quantize(model: onnx.ModelProto, *, reduce_range: bool) -> onnx.ModelProto:
    """Return an int8 copy.

    The classifier stays float: it is small, and its errors would go straight into the log-probabilities.

    Args:
        reduce_range: 7-bit weights, so that sums of u8 x s8 products cannot saturate where VNNI is missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        onnx.save(_with_int8_embeddings(model), source)
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
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.rint(rows / scales).astype(np.int8), "word_embeddings.int8"),
            numpy_helper.from_array(scales.astype(np.float32), "word_embeddings.scales"),
        ]
    )
    index = gather.input[1]
    nodes = [
        helper.make_node("Gather", ["word_embeddings.int8", index], ["words.int8"], name="words.int8"),
        helper.make_node("Cast", ["words.int8"], ["words.float"], name="words.float", to=TensorProto.FLOAT),
        helper.make_node("Gather", ["word_embeddings.scales", index], ["words.scale"], name="words.scale"),
        helper.make_node("Mul", ["words.float", "words.scale"], list(gather.output), name="words"),
    ]
    kept = [*graph.node[:place], *nodes, *graph.node[place + 1 :]]
    del graph.node[:]
    graph.node.extend(kept)
    return copy
