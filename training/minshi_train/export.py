"""Write a trained checkpoint as one ONNX file, node by node: code points in, log-probabilities out.

The graph is made with onnx.helper instead of a tracer, so it depends on no exporter's version, its bytes are the same
each time, and every node is one that we chose. Only operators of the standard domain are used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from minshi.bundle import FORMAT_VERSION, MANIFEST_FILE, METADATA_KEY, MODEL_FILE
from minshi.labels import LabelInfo
from minshi.points import Calibration, OperatingPoint, to_contract
from minshi.scorer import INPUT, OUTPUT
from minshi_train.config import Config
from minshi_train.encoder import CLS, PAD, TABLE_SIZE
from minshi_train.jsonfile import write_json
from minshi_train.model import CharTagger

OPSET = 17  # the first with LayerNormalization; of the contract, and what `quantize` writes its nodes for
_IR_VERSION = 8  # read by onnxruntime 1.14 and later
_MASKED = -1.0e4  # added to the attention scores of padding
CLASSIFIER = "classifier"  # name of the last MatMul, which stays float
SHRINK = "shrink"  # last part of the name of each product behind a GELU


class _Graph:
    """Nodes and weights in the making; methods append a node and return the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []

    def weight(self, name: str, value: NDArray[Any]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def ints(self, name: str, *values: int) -> str:
        return self.weight(name, np.array(values, dtype=np.int64))

    def op(self, kind: str, name: str, inputs: Sequence[str], *, outputs: Sequence[str] = (), **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), list(outputs) or [name], name=name, **attributes))
        return name

    def linear(self, name: str, x: str, weight: NDArray[Any], bias: NDArray[Any]) -> str:
        """x @ weight + bias, with the weight as [in, out]."""
        product = self.op("MatMul", name, [x, self.weight(f"{name}.weight", weight)])
        return self.op("Add", f"{name}.out", [product, self.weight(f"{name}.bias", bias)])

    def layer_norm(self, name: str, x: str, scale: NDArray[Any], shift: NDArray[Any], epsilon: float) -> str:
        scale_name, shift_name = self.weight(f"{name}.scale", scale), self.weight(f"{name}.shift", shift)
        return self.op("LayerNormalization", name, [x, scale_name, shift_name], axis=-1, epsilon=epsilon)

    def gelu(self, name: str, x: str) -> str:
        """x * (1 + erf(x / sqrt 2)) / 2, in the shape that onnxruntime fuses (Hendrycks & Gimpel 2016)."""
        scaled = self.op("Div", f"{name}.scaled", [x, "sqrt_two"])
        grown = self.op("Add", f"{name}.grown", [self.op("Erf", f"{name}.erf", [scaled]), "one"])
        return self.op("Mul", name, [self.op("Mul", f"{name}.product", [x, grown]), "half"])


def to_onnx(model: CharTagger, contract: dict[str, Any]) -> onnx.ModelProto:
    """Return the model as fp32 ONNX with `contract` as its metadata."""
    weights = {name: value.float().numpy() for name, value in model.state_dict().items() if name != "table"}
    config = model.body.config
    graph = _Graph()
    for name, value in {"one": 1.0, "half": 0.5, "sqrt_two": np.sqrt(2.0)}.items():
        graph.weight(name, np.array(value, dtype=np.float32))
    table, heads = model.table.numpy().astype(np.int16), config.num_attention_heads
    hidden, mask = _embed(graph, weights, table, heads=heads, epsilon=config.layer_norm_eps)
    for index in range(config.num_hidden_layers):
        hidden = _layer(graph, weights, index, hidden, mask, heads=heads, epsilon=config.layer_norm_eps)
    bounds = graph.ints("after_cls", 1), graph.ints("to_end", np.iinfo(np.int64).max), graph.ints("chars_axis", 1)
    characters = graph.op("Slice", "characters", [hidden, *bounds])
    logits = graph.linear(CLASSIFIER, characters, weights["classifier.weight"].T, weights["classifier.bias"])
    graph.op("LogSoftmax", OUTPUT, [logits], axis=-1)
    proto = helper.make_graph(
        graph.nodes,
        "minshi",
        [helper.make_tensor_value_info(INPUT, TensorProto.INT32, ["batch", "chars"])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", "chars", len(model.schema.tags)])],
        graph.weights,
    )
    whole = helper.make_model(proto, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="minshi")
    whole.ir_version = _IR_VERSION
    helper.set_model_props(whole, {METADATA_KEY: json.dumps(contract, sort_keys=True)})
    onnx.checker.check_model(whole)
    return whole


def _embed(
    graph: _Graph, weights: dict[str, NDArray[Any]], table: NDArray[Any], *, heads: int, epsilon: float
) -> tuple[str, str]:
    """Code points -> embedding rows -> hidden [B, 1 + T, H] and the additive attention mask [B, heads, 1, 1 + T]."""
    last = graph.weight("last_code_point", np.array(TABLE_SIZE - 1, dtype=np.int32))
    clamped = graph.op("Min", "clamped", [INPUT, last])
    narrow = graph.op("Gather", "narrow_rows", [graph.weight("code_point_table", table), clamped])
    characters = graph.op("Cast", "character_rows", [narrow], to=TensorProto.INT32)
    cls = graph.weight("cls_row", np.array(CLS, dtype=np.int32))
    rows = graph.op("Pad", "rows", [characters, graph.ints("cls_place", 0, 1, 0, 0), cls])
    pad = graph.op("Equal", "is_pad", [rows, graph.weight("pad_row", np.array(PAD, dtype=np.int32))])
    flat = graph.op("Mul", "mask_flat", [graph.op("Cast", "pad_float", [pad], to=TensorProto.FLOAT), "masked"])
    graph.weight("masked", np.array(_MASKED, dtype=np.float32))
    of_one = graph.op("Unsqueeze", "mask_of_one", [flat, graph.ints("mask_axes", 1, 2)])
    mask = graph.op("Tile", "mask", [of_one, graph.ints("mask_times", 1, heads, 1, 1)])
    embeddings = "body.embeddings."
    words = graph.op("Gather", "words", [graph.weight("word_embeddings", weights[embeddings + "word_embeddings.weight"]), rows])
    # every token is of type 0, so its row is part of the positions
    places = weights[embeddings + "position_embeddings.weight"] + weights[embeddings + "token_type_embeddings.weight"][0]
    length = graph.op("Shape", "length", [rows], start=1, end=2)
    graph.ints("zero", 0)
    positions = graph.op("Slice", "positions", [graph.weight("position_embeddings", places), "zero", length, "zero"])
    summed = graph.op("Add", "embedded", [words, positions])
    norm = embeddings + "LayerNorm."
    return graph.layer_norm("embedding_norm", summed, weights[norm + "weight"], weights[norm + "bias"], epsilon), mask


def _layer(
    graph: _Graph, weights: dict[str, NDArray[Any]], index: int, hidden: str, mask: str, *, heads: int, epsilon: float
) -> str:
    """One transformer layer, post-norm (Vaswani et al. 2017); query, key and value are one product.

    The mask is one more channel: 1 in every query, the mask's value in the key, so that the product adds it. An Add of
    its own reads and writes all scores again, a tenth of the time of a long window.
    """
    name, source = f"layer{index}", f"body.encoder.layer.{index}."
    width = weights[source + "attention.self.query.weight"].shape[0]
    per_head = width // heads
    parts = []
    for part, factor in (("query", per_head**-0.5), ("key", 1.0), ("value", 1.0)):
        own = source + f"attention.self.{part}."
        parts.append((weights[own + "weight"].T * np.float32(factor), weights[own + "bias"] * np.float32(factor)))
    merged = graph.linear(
        f"{name}.qkv", hidden, np.concatenate([w for w, _ in parts], axis=1), np.concatenate([b for _, b in parts])
    )
    by_head = graph.ints(f"{name}.by_head", 0, 0, 3 * heads, per_head)
    all_heads = graph.op(
        "Transpose", f"{name}.heads", [graph.op("Reshape", f"{name}.parts", [merged, by_head])], perm=[0, 2, 1, 3]
    )
    query, key, value = names = [f"{name}.{part}" for part in ("query", "key", "value")]
    graph.op("Split", f"{name}.split", [all_heads, graph.ints(f"{name}.widths", heads, heads, heads)], outputs=names, axis=1)
    upright = graph.op("Transpose", f"{name}.key.upright", [key], perm=[0, 1, 3, 2])
    masked_key = graph.op("Concat", f"{name}.key.masked", [upright, mask], axis=2)
    one_more = graph.ints(f"{name}.one_more", *[0] * 7, 1)
    scores = graph.op("MatMul", f"{name}.scores", [graph.op("Pad", f"{name}.query.asking", [query, one_more, "one"]), masked_key])
    mixed = graph.op("MatMul", f"{name}.mixed", [graph.op("Softmax", f"{name}.weights", [scores], axis=-1), value])
    rowwise = graph.op("Transpose", f"{name}.rowwise", [mixed], perm=[0, 2, 1, 3])
    joined = graph.op("Reshape", f"{name}.joined", [rowwise, graph.ints(f"{name}.flat", 0, 0, width)])

    def dense(target: str, x: str, own: str) -> str:
        return graph.linear(f"{name}.{target}", x, weights[source + own + ".weight"].T, weights[source + own + ".bias"])

    def add_and_norm(target: str, x: str, residual: str, own: str) -> str:
        # Sum: onnxruntime fuses an Add with the norm into SkipLayerNormalization, six times as slow as both (1.32, CPU)
        summed = graph.op("Sum", f"{name}.{target}.sum", [x, residual])
        scale, shift = weights[source + own + ".weight"], weights[source + own + ".bias"]
        return graph.layer_norm(f"{name}.{target}", summed, scale, shift, epsilon)

    attended = add_and_norm(
        "attention_norm", dense("attention", joined, "attention.output.dense"), hidden, "attention.output.LayerNorm"
    )
    grown = graph.gelu(f"{name}.gelu", dense("grow", attended, "intermediate.dense"))
    return add_and_norm("output_norm", dense(SHRINK, grown, "output.dense"), attended, "output.LayerNorm")


def contract_of(config: Config, model: CharTagger) -> dict[str, Any]:
    """Return what a model file says of itself; docs/embedding.md explains each key."""
    return {
        "format": FORMAT_VERSION,
        "version": config.version,
        "tags": model.schema.tags,
        "window": config.window.size,
        "context": config.window.context,
        "fingerprint": model.schema.fingerprint,
    }


def set_points(model: onnx.ModelProto, points: Mapping[str, OperatingPoint], calibration: Calibration) -> None:
    """Put operating points and calibration into the metadata of a model."""
    for prop in model.metadata_props:
        if prop.key == METADATA_KEY:
            prop.value = json.dumps({**json.loads(prop.value), **to_contract(points, calibration)}, sort_keys=True)


def write_bundle(folder: Path, model: onnx.ModelProto, labels: Iterable[LabelInfo], extra: dict[str, Any]) -> None:
    """Write model and manifest to `folder`, the model first: a manifest never names a file that is not whole."""
    folder.mkdir(parents=True, exist_ok=True)
    data = model.SerializeToString(deterministic=True)
    contract = json.loads({prop.key: prop.value for prop in model.metadata_props}[METADATA_KEY])
    (folder / MODEL_FILE).write_bytes(data)
    manifest = {
        "format": contract["format"],
        "version": contract["version"],
        "sha256": hashlib.sha256(data).hexdigest(),
        "fingerprint": contract["fingerprint"],
        "labels": [{name: getattr(label, name) for name in label.__slots__} for label in labels],
        **extra,
    }
    write_json(folder / MANIFEST_FILE, manifest)
