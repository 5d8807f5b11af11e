"""Make the models that minshi runs: data, training, evaluation, export, release. Needs `pip install "minshi[train]"`."""

from __future__ import annotations

from importlib.util import find_spec

_NEEDED = ("torch", "transformers", "datasets", "accelerate", "safetensors", "seqeval", "onnx", "pydantic", "yaml")

if _missing := [name for name in _NEEDED if find_spec(name) is None]:
    raise ImportError(f"minshi_train lacks {', '.join(_missing)}: pip install 'minshi[train]'")
