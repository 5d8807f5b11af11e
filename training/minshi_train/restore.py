"""Read a model folder, fp32 or int8, back into a network that can be trained: what `export` and `quantize` did, undone.

So a training goes on from a released model, or learns from it, without the run that it came from. Of int8 weights the rounded
values come back. Weights are named here as `export` names them: if that were imported, every training would depend on its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from transformers import BertConfig

from minshi.bundle import MODEL_FILE, Bundle, load_bundle
from minshi.errors import ModelError
from minshi.labels import LabelSchema
from minshi_train.encoder import PAD, new_body
from minshi_train.folders import CHECKPOINT, is_model_folder
from minshi_train.model import CharTagger, checkpoint_form, load_model

_Tensors = Mapping[str, NDArray[Any]]
_NOT_OURS = (IndexError, KeyError, RuntimeError, TypeError, ValueError)  # what a graph of another make leads to


def load_trained(place: Path) -> CharTagger:
    """Load the model of a run directory or of a model folder, in evaluation mode; raises ModelError as both of them do."""
    return restore(place) if is_model_folder(place) else load_model(place / CHECKPOINT)


def restore(folder: Path) -> CharTagger:
    """Return the network of a model folder, in evaluation mode.

    Raises:
        ModelError: not a model folder, or a graph that minshi-train did not write.
    """
    bundle = load_bundle(folder)
    config, tensors = _network(bundle)
    try:
        weights = {name: torch.from_numpy(np.array(value, np.float32)) for name, value in _weights(config, tensors)}
        table = torch.from_numpy(tensors["code_point_table"].astype(np.int32))
        model = CharTagger(new_body(config), table, bundle.schema)
        model.load_state_dict({"table": table, **weights})
    except _NOT_OURS as err:
        raise _foreign(folder, err) from err
    return model.eval()


def form_of(place: Path) -> tuple[BertConfig, LabelSchema]:
    """Return the sizes and labels of the model of a run directory or of a model folder, raises ModelError as `load_trained`."""
    if not is_model_folder(place):
        return checkpoint_form(place / CHECKPOINT)
    bundle = load_bundle(place)
    return _network(bundle)[0], bundle.schema


def _network(bundle: Bundle) -> tuple[BertConfig, _Tensors]:
    graph = onnx.load_from_string(bundle.model).graph
    tensors = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    try:
        return _config(graph, tensors), tensors
    except _NOT_OURS as err:
        raise _foreign(bundle.path, err) from err


def _foreign(folder: Path, err: Exception) -> ModelError:
    return ModelError(f"{folder / MODEL_FILE}: not written by minshi-train ({str(err).splitlines()[0]})")


def _config(graph: onnx.GraphProto, tensors: _Tensors) -> BertConfig:
    (epsilon,) = {helper.get_node_attr_value(node, "epsilon") for node in graph.node if node.op_type == "LayerNormalization"}
    positions, width = tensors["position_embeddings"].shape
    head_size = int(tensors["layer0.by_head"][-1])
    return BertConfig(
        vocab_size=len(_embeddings(tensors)),
        hidden_size=width,
        num_hidden_layers=sum(name.endswith(".qkv.bias") for name in tensors),
        num_attention_heads=len(tensors["layer0.qkv.bias"]) // 3 // head_size,
        intermediate_size=len(tensors["layer0.grow.bias"]),
        max_position_embeddings=positions,
        layer_norm_eps=epsilon,
        pad_token_id=PAD,
        head_size=head_size,
    )


def _weights(config: BertConfig, tensors: _Tensors) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the name and the value of every weight of a CharTagger."""
    embeddings = "body.embeddings."
    yield embeddings + "word_embeddings.weight", _embeddings(tensors)
    yield embeddings + "position_embeddings.weight", tensors["position_embeddings"]  # the type's row is part of it
    yield embeddings + "token_type_embeddings.weight", np.zeros((config.type_vocab_size, config.hidden_size))
    yield from _norm(tensors, "embedding_norm", embeddings + "LayerNorm")
    for index in range(config.num_hidden_layers):
        name, target = f"layer{index}", f"body.encoder.layer.{index}."
        merged = zip(np.split(_product(tensors, f"{name}.qkv"), 3, axis=1), np.split(tensors[f"{name}.qkv.bias"], 3), strict=True)
        factors = {"query": config.head_size**0.5, "key": 1, "value": 1}  # `export` scales the query instead of the scores
        for (part, factor), (weight, bias) in zip(factors.items(), merged, strict=True):
            yield f"{target}attention.self.{part}.weight", weight.T * factor
            yield f"{target}attention.self.{part}.bias", bias * factor
        yield from _dense(tensors, f"{name}.attention", f"{target}attention.output.dense")
        yield from _norm(tensors, f"{name}.attention_norm", f"{target}attention.output.LayerNorm")
        yield from _dense(tensors, f"{name}.grow", f"{target}intermediate.dense")
        yield from _dense(tensors, f"{name}.shrink", f"{target}output.dense")
        yield from _norm(tensors, f"{name}.output_norm", f"{target}output.LayerNorm")
    yield from _dense(tensors, "classifier", "classifier")


def _embeddings(tensors: _Tensors) -> NDArray[Any]:
    if "word_embeddings" in tensors:
        return tensors["word_embeddings"]
    rounded: NDArray[Any] = tensors["word_embeddings.int8"] * tensors["word_embeddings.scales"]
    return rounded


def _product(tensors: _Tensors, name: str) -> NDArray[Any]:
    """Return the weight [in, out] of a product; of int8, without the factors by which `quantize` evened out its inputs."""
    if f"{name}.weight" in tensors:
        return tensors[f"{name}.weight"]
    evened = tensors[f"{name}.weight_quantized"] * tensors[f"{name}.weight_scale"]
    original: NDArray[Any] = evened * tensors[f"{name}.divisors"][:, None]
    return original


def _dense(tensors: _Tensors, name: str, target: str) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{target}.weight", _product(tensors, name).T
    yield f"{target}.bias", tensors[f"{name}.bias"]


def _norm(tensors: _Tensors, name: str, target: str) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{target}.weight", tensors[f"{name}.scale"]
    yield f"{target}.bias", tensors[f"{name}.shift"]
