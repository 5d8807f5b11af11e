"""Code points to log-probabilities. OrtScorer is the one door to onnxruntime."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from minshi.errors import ModelError

INPUT, OUTPUT = "code_points", "log_probs"


class Scorer(Protocol):
    """Whatever turns code points int32 [B, T] (0 pads) into log-probabilities float32 [B, T, K]."""

    def __call__(self, code_points: NDArray[np.int32]) -> NDArray[np.float32]: ...


class OrtScorer:
    """An onnxruntime session on one thread; sharing it between threads is safe and is how minshi uses more cores.

    One thread a session and one window a call keep a window's result independent of its neighbours: the activations
    of an int8 model are quantised by the range of everything in the call.
    """

    def __init__(self, model: bytes, *, tags: int) -> None:
        """Make a session from the bytes of a checked model file.

        Raises:
            ModelError: onnxruntime refuses it, or its input and output are not those of the contract.
        """
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.load_model_format", "ONNX")  # not by its bytes: only ONNX has been checked
        try:
            # without its fallback, which tries the same again and prints that it does
            self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"], enable_fallback=0)
            nodes = [*self._session.get_inputs(), *self._session.get_outputs()]
            signature = [(node.name, node.type, len(node.shape)) for node in nodes]  # a name that is not UTF-8 fails here
        except Exception as err:  # onnxruntime raises many types of its own, all meaning the same here
            raise ModelError(f"onnxruntime {ort.__version__} refuses the model ({type(err).__name__})") from err
        if signature != [(INPUT, "tensor(int32)", 2), (OUTPUT, "tensor(float)", 3)]:
            raise ModelError(f"the model's input and output must be {INPUT} int32 [B, T] and {OUTPUT} float32 [B, T, K]")
        if nodes[-1].shape[2] != tags:
            raise ModelError(f"the model scores {nodes[-1].shape[2]} tags, its metadata names {tags}")
        self._tags = tags

    def __call__(self, code_points: NDArray[np.int32]) -> NDArray[np.float32]:
        """Score windows; raises ModelError if the model fails on them or does not answer with numbers once a character."""
        try:
            log_probs = cast("NDArray[np.float32]", self._session.run([OUTPUT], {INPUT: code_points})[0])
        except Exception as err:  # as above
            raise ModelError(f"the model cannot be run on {code_points.shape[1]} characters ({type(err).__name__})") from err
        if log_probs.shape != (*code_points.shape, self._tags):
            raise ModelError(f"the model answers {log_probs.shape} to {code_points.shape} characters of {self._tags} tags")
        if np.isnan(log_probs).any():
            raise ModelError(f"the model answers with what is no number to {code_points.shape[1]} characters")
        return log_probs
