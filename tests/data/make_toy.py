"""Make the toy model in tests/data/toy: a folder as a release has it, whose graph is one table.

    python tests/data/make_toy.py

N, A, F, H, R begin a name, address, family, health and religion; n, a, f, h, r continue it; all else is outside. Each
label has its own probability, so that scores can be told apart.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from minshi.bundle import FORMAT_VERSION, MANIFEST_FILE, METADATA_KEY, MODEL_FILE
from minshi.labels import LabelSchema
from minshi.scorer import INPUT, OUTPUT

FOLDER = Path(__file__).with_name("toy")
SCHEMA = LabelSchema(("NAME", "ADDRESS", "FAMILY", "HEALTH", "RELIGION"))
_SURE = {"NAME": 0.99, "ADDRESS": 0.9, "FAMILY": 0.8, "HEALTH": 0.7, "RELIGION": 0.6}
_LAST = 127  # code points from here on share a row of the table


def contract(**changes: Any) -> dict[str, Any]:
    """Return what the model says of itself, with `changes`."""
    usual = {
        "format": FORMAT_VERSION,
        "version": "0.0.1",
        "tags": list(SCHEMA.tags),
        "window": 64,
        "context": 16,
        "fingerprint": SCHEMA.fingerprint,
    }
    return {**usual, **changes}


def build(*, width: int = len(SCHEMA.tags), metadata: str | None = None) -> onnx.ModelProto:
    """Return the model; `width` tags wide and with other metadata where a test needs a wrong one."""
    graph = helper.make_graph(
        [
            helper.make_node("Min", [INPUT, "last_code_point"], ["clamped"], name="clamped"),
            helper.make_node("Gather", ["table", "clamped"], [OUTPUT], name="scores"),
        ],
        "toy",
        [helper.make_tensor_value_info(INPUT, TensorProto.INT32, ["batch", "chars"])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", "chars", width])],
        [
            numpy_helper.from_array(np.array(_LAST, dtype=np.int32), "last_code_point"),
            numpy_helper.from_array(_table()[:, :width], "table"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="minshi-toy")
    model.ir_version = 8
    helper.set_model_props(model, {METADATA_KEY: json.dumps(contract(), sort_keys=True) if metadata is None else metadata})
    return model


def _table() -> np.ndarray:
    tags = len(SCHEMA.tags)
    table = np.full((_LAST + 1, tags), 0.01 / (tags - 1), dtype=np.float32)
    table[:, 0] = 0.99
    for label, sure in _SURE.items():
        for char, tag in ((label[0], SCHEMA.begin_id(label)), (label[0].lower(), SCHEMA.begin_id(label) + 1)):
            table[ord(char)] = (1 - sure) / (tags - 1)
            table[ord(char), tag] = sure
    return np.log(table)


def write(folder: Path, model: onnx.ModelProto | bytes, *, labels: list[dict[str, Any]] | None = None, **manifest: Any) -> Path:
    """Write a model folder whose manifest fits `model`, but for what `manifest` says otherwise."""
    data = model if isinstance(model, bytes) else model.SerializeToString(deterministic=True)
    if labels is None:
        labels = json.loads((FOLDER / MANIFEST_FILE).read_text(encoding="utf-8"))["labels"]
    usual = {"format": FORMAT_VERSION, "version": "0.0.1", "sha256": hashlib.sha256(data).hexdigest()}
    whole = {**usual, "fingerprint": SCHEMA.fingerprint, "labels": labels, **manifest}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(data)
    (folder / MANIFEST_FILE).write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return folder


def main() -> None:
    """Write the toy with the labels of configs/labels.yaml."""
    import yaml

    labels = Path(__file__).parents[2] / "configs" / "labels.yaml"
    write(FOLDER, build(), labels=yaml.safe_load(labels.read_text(encoding="utf-8"))["labels"])


if __name__ == "__main__":
    main()
