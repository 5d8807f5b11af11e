"""What all tests share: reproducible hypothesis, no network, and the toys that stand for a model."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import toy
from hypothesis import HealthCheck, settings

from minshi.labels import LabelSchema
from minshi.tagger import Tagger

os.environ["HF_HUB_OFFLINE"] = "1"

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")

_LOCAL = ("127.", "::1", "localhost")


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != getattr(socket, "AF_UNIX", None) and not str(address[0]).startswith(_LOCAL):
            raise RuntimeError("a test tried to reach the network")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def schema() -> LabelSchema:
    return toy.SCHEMA


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    """A tagger whose scorer reads the toy alphabet."""
    return toy.alphabet_tagger()


@pytest.fixture(scope="session")
def toy_bundle() -> Path:
    """The committed model folder that tests/data/make_toy.py wrote."""
    return Path(__file__).with_name("data") / "toy"


@pytest.fixture(scope="session")
def make_toy() -> ModuleType:
    """tests/data/make_toy.py as a module, to build models that differ from the toy."""
    pytest.importorskip("onnx")
    spec = importlib.util.spec_from_file_location("make_toy", Path(__file__).with_name("data") / "make_toy.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
