"""Check an ONNX file before onnxruntime sees it: read just enough protobuf to know its operators, data and metadata.

Field numbers are those of onnx.proto (ONNX IR); wire format: protobuf encoding specification.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from minshi.errors import ModelError

ALLOWED_DOMAINS: Final = frozenset({"", "ai.onnx", "com.microsoft"})

Field = tuple[int, int | memoryview]  # field number, varint or payload
_MODEL_GRAPH, _MODEL_OPSETS, _MODEL_METADATA, _MODEL_FUNCTIONS = 7, 8, 14, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_NODE_INPUT, _NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 1, 4, 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
_SPARSE_TENSORS = (1, 2)
_TENSOR_NAME, _TENSOR_RAW, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 8, 9, 13, 14
# A number in a model may say how large a tensor becomes. Of these, so large at most, by a constant that says it as bytes:
_GROWING = {"Pad": 4, "Tile": 64}  # a place before the window, a mask for each head
_UNBOUNDED = frozenset(("ConstantOfShape", "Expand", "EyeLike", "OneHot", "Range", "Resize", "Upsample"))
_LARGEST_SHAPE = 128  # bytes: 16 numbers
_ORT_FORMAT = b"ORTM"  # at byte 4 of a file in the flatbuffer format of onnxruntime, which is not looked into here


def read_metadata(model: bytes) -> dict[str, str]:
    """Return the metadata of an ONNX model after checking that it stands alone.

    Raises:
        ModelError: it is no ONNX model, keeps weights in other files, uses operators of a foreign domain, or operators
            that hold graphs or whose result is as large as some number says: so no damaged number makes its work endless.
    """
    if model[4:8] == _ORT_FORMAT:
        raise ModelError("not an ONNX model: it is marked as one of onnxruntime's own format")
    metadata: dict[str, str] = {}
    seen_graph = False
    for number, value in _fields(memoryview(model)):
        if number == _MODEL_GRAPH:
            seen_graph = True
            _check_graph(_message(value))
        elif number == _MODEL_OPSETS:
            _check_domain(_string(value, 1))
        elif number == _MODEL_METADATA:
            metadata[_string(value, 1)] = _string(value, 2)
        elif number == _MODEL_FUNCTIONS:
            raise ModelError("the model defines functions of its own, which minshi does not run")
    if not seen_graph:
        raise ModelError("not an ONNX model")
    return metadata


def _check_graph(graph: memoryview) -> None:
    sizes: dict[str, memoryview] = {}  # of the constants that may be shapes, the bytes
    nodes: list[memoryview] = []
    for number, value in _fields(graph):
        if number == _GRAPH_INITIALIZER:
            tensor = _message(value)
            _check_tensor(tensor)
            raw = [_message(payload) for field, payload in _fields(tensor) if field == _TENSOR_RAW]
            if raw and len(raw[-1]) <= _LARGEST_SHAPE:
                sizes[_string(tensor, _TENSOR_NAME)] = raw[-1]
        elif number == _GRAPH_SPARSE:
            _check_sparse(_message(value))
        elif number == _GRAPH_NODE:
            nodes.append(_message(value))
    for node in nodes:
        _check_node(node, sizes)


def _check_node(node: memoryview, sizes: dict[str, memoryview]) -> None:
    _check_domain(_string(node, _NODE_DOMAIN))
    operator = _string(node, _NODE_OPERATOR)
    if operator in _UNBOUNDED:
        raise ModelError(f"the model makes tensors of any size ({operator}), which minshi does not run")
    if operator in _GROWING:
        inputs = [_text(value) for field, value in _fields(node) if field == _NODE_INPUT]
        amounts = sizes.get(inputs[1]) if len(inputs) > 1 else None
        if amounts is None or len(amounts) % 8 or not _all_within(amounts, _GROWING[operator]):
            raise ModelError(f"the model makes tensors larger by more than minshi runs ({operator})")
    for field, attribute in _fields(node):
        if field == _NODE_ATTRIBUTE:
            _check_attribute(_message(attribute))


def _all_within(amounts: memoryview, largest: int) -> bool:
    return all(0 <= amount <= largest for (amount,) in struct.iter_unpack("<q", amounts))


def _check_attribute(attribute: memoryview) -> None:
    for number, value in _fields(attribute):
        if number in _ATTRIBUTE_TENSORS:
            _check_tensor(_message(value))
        elif number in _ATTRIBUTE_SPARSE:
            _check_sparse(_message(value))
        elif number in _ATTRIBUTE_GRAPHS:
            raise ModelError("the model repeats or branches (Loop, Scan, If and the like), which minshi does not run")


def _check_sparse(sparse: memoryview) -> None:
    for number, value in _fields(sparse):
        if number in _SPARSE_TENSORS:
            _check_tensor(_message(value))


def _check_tensor(tensor: memoryview) -> None:
    for number, value in _fields(tensor):
        if number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value):
            raise ModelError("the model keeps weights in other files; one file must hold everything")


def _check_domain(domain: str) -> None:
    if domain not in ALLOWED_DOMAINS:
        raise ModelError("the model uses operators of a foreign domain, which minshi does not run")


def _string(message: int | memoryview, wanted: int) -> str:
    """Return the last string of field `wanted`, or the empty default."""
    found = ""
    for number, value in _fields(_message(message)):
        if number == wanted:
            found = _text(value)
    return found


def _text(value: int | memoryview) -> str:
    try:
        return bytes(_message(value)).decode("utf-8")
    except UnicodeDecodeError:
        raise ModelError("not an ONNX model: a name is not UTF-8") from None


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ModelError("not an ONNX model: a field has the wrong type")
    return value


def _fields(message: memoryview) -> Iterator[Field]:
    """Yield the fields of one protobuf message; raises ModelError where the bytes are not one."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        if not 8 <= key < 1 << 32:  # number 0, or one that other readers cut to 32 bits and take for another field
            raise ModelError("not an ONNX model: a field number is out of range")
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            value, position = _varint(message, position)
            yield number, value
            continue
        if wire_type == 2:
            length, position = _varint(message, position)
        elif wire_type in (1, 5):
            length = 8 if wire_type == 1 else 4
        else:
            raise ModelError("not an ONNX model: unknown wire type")
        if position + length > len(message):
            raise ModelError("not an ONNX model: it is cut short")
        yield number, message[position : position + length]
        position += length


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(message) and shift < 70:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte == 0 and shift > 7:
            raise ModelError("not an ONNX model: a number is longer than it need be")
        if byte < 0x80:
            return value, position
    raise ModelError("not an ONNX model: a number is cut short")
