from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from minshi.bundle import load_bundle
from minshi.errors import ModelError

Edit = Callable[[dict], object]


def refusal(folder: Path) -> str:
    """Return the one line with which loading `folder`, or making its session, is refused."""
    with pytest.raises(ModelError) as caught:
        load_bundle(folder).scorer()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def folder(toy_bundle, tmp_path) -> Path:
    return Path(shutil.copytree(toy_bundle, tmp_path / "model"))


def edit_manifest(folder: Path, edit: Edit) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    edit(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_bundle_knows_what_its_files_say(toy_bundle):
    bundle = load_bundle(toy_bundle)
    assert bundle.path == toy_bundle
    assert bundle.model == (toy_bundle / "model.onnx").read_bytes()
    assert bundle.schema.labels == ("NAME", "ADDRESS", "FAMILY", "HEALTH", "RELIGION")
    assert (bundle.version, bundle.window, bundle.context) == ("0.0.1", 64, 16)
    assert {label.kind for label in bundle.labels} == {"model", "rule"}
    assert bundle.name == f"minshi-0.0.1-{bundle.sha256[:8]}"
    assert "onnx" not in repr(bundle)


def test_the_committed_toy_is_what_its_script_makes(toy_bundle, make_toy):
    import onnx

    assert onnx.load(toy_bundle / "model.onnx") == make_toy.build()
    assert (toy_bundle / "model.onnx").stat().st_size < 50_000


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
def test_a_missing_file_is_named(name, folder):
    (folder / name).unlink()
    assert refusal(folder).startswith(f"{folder / name}: ")
    assert "no such file" in refusal(folder).lower()


def test_a_missing_folder_is_named(tmp_path):
    assert refusal(tmp_path / "nowhere").startswith(str(tmp_path / "nowhere"))


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"x")
    assert refusal(tmp_path / "model.onnx").startswith(str(tmp_path / "model.onnx"))


def test_a_folder_in_place_of_the_model_is_named(folder):
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").mkdir()
    assert refusal(folder).startswith(f"{folder / 'model.onnx'}: ")


@pytest.mark.parametrize("place", [0, 100, -1])
def test_one_changed_byte_is_noticed(place, folder):
    data = bytearray((folder / "model.onnx").read_bytes())
    data[place] ^= 1
    (folder / "model.onnx").write_bytes(data)
    message = refusal(folder)
    assert message.startswith(f"{folder / 'model.onnx'}: SHA-256")
    assert "manifest.json" in message


def test_a_model_that_was_cut_short_is_noticed(folder):
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:-100])
    assert "SHA-256" in refusal(folder)


def test_a_model_beyond_the_limit_is_refused_before_it_is_read(folder):
    with (folder / "model.onnx").open("r+b") as file:
        file.truncate((512 << 20) + 1)  # sparse
    assert "larger than 512 MiB" in refusal(folder)


def test_a_manifest_beyond_the_limit_is_refused_before_it_is_read(folder):
    with (folder / "manifest.json").open("r+b") as file:
        file.truncate((1 << 20) + 1)
    assert refusal(folder) == f"{folder / 'manifest.json'}: larger than 1 MiB"


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes and devices are no files there")
@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_pipe_or_a_device_is_not_read(kind, name, folder):
    (folder / name).unlink()
    if kind == "pipe":
        os.mkfifo(folder / name)
    else:
        (folder / name).symlink_to("/dev/null")  # /dev/zero would fill the memory of a test that fails
    assert refusal(folder) == f"{folder / name}: not a regular file"


def test_links_to_files_are_read_as_model_hubs_keep_them(folder, tmp_path):
    (tmp_path / "linked").mkdir()
    for name in ("model.onnx", "manifest.json"):
        (tmp_path / "linked" / name).symlink_to(folder / name)
    assert load_bundle(tmp_path / "linked").version == "0.0.1"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe{}", b"{}", b'{"sha256": 1}', b"[" * 100_000],
    ids=["empty", "open", "list", "null", "string", "not UTF-8", "nothing in it", "number for a hash", "nested deeply"],
)
def test_a_broken_manifest_is_refused_by_name(content, folder):
    (folder / "manifest.json").write_bytes(content)
    message = refusal(folder)
    assert message.startswith(str(folder))
    assert "manifest" in message


@pytest.mark.parametrize("key", ["sha256", "fingerprint", "labels"])
def test_a_manifest_that_lacks_a_key_names_it(key, folder):
    edit_manifest(folder, lambda manifest: manifest.pop(key))
    assert key in refusal(folder)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda m: m.update(fingerprint="0" * 16), "different fingerprints"),
        (lambda m: m.update(fingerprint=None), "different fingerprints"),
        (lambda m: m["labels"].reverse(), "not the model labels"),
        (lambda m: m["labels"].pop(0), "not the model labels"),
        (lambda m: m["labels"][0].update(id="PERSON"), "not the model labels"),
        (lambda m: m["labels"][0].update(kind="guess"), "kind"),
        (lambda m: m["labels"][0].pop("zh"), "zh"),
        (lambda m: m["labels"][0].update(extra=1), "extra"),
        (lambda m: m.update(labels=None), "malformed"),
        (lambda m: m.update(labels=["NAME"]), "malformed"),
        (lambda m: m.update(labels=[1]), "malformed"),
    ],
)
def test_a_manifest_that_does_not_fit_its_model_is_refused(edit, reason, folder):
    edit_manifest(folder, edit)
    message = refusal(folder)
    assert message.startswith(f"{folder / 'model.onnx'}: ")
    assert reason in message


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 2}, "format version"),
        ({"format": None}, "format version"),
        ({"format": "1"}, "format version"),
        ({"fingerprint": "0" * 16}, "different fingerprints"),
        ({"tags": ["O", "B-NAME", "I-NAME"]}, "different fingerprints"),
        ({"tags": ["B-NAME", "O"]}, "tags are not"),
        ({"tags": []}, "label"),
        ({"tags": None}, "malformed"),
        ({"tags": [1, 2]}, "malformed"),
        ({"window": "64"}, "whole numbers"),
        ({"window": 64.0}, "whole numbers"),
        ({"window": 384.7}, "whole numbers"),
        ({"window": float("inf")}, "whole numbers"),
        ({"window": None}, "whole numbers"),
        ({"window": 4097}, "at most 4096"),
        ({"window": 10**30}, "at most 4096"),
        ({"context": [16]}, "whole numbers"),
        ({"context": True}, "whole numbers"),
        ({"context": 17}, "a quarter"),
    ],
)
def test_metadata_that_makes_no_sense_is_refused(changes, reason, make_toy, tmp_path):
    model = make_toy.build(metadata=json.dumps(make_toy.contract(**changes)))
    message = refusal(make_toy.write(tmp_path, model))
    assert message.startswith(f"{tmp_path / 'model.onnx'}: ")
    assert reason in message


@pytest.mark.parametrize("metadata", ["", "{", "[]", "null", "[" * 100_000], ids=["empty", "open", "list", "null", "nested"])
def test_metadata_that_is_no_json_object_is_refused(metadata, make_toy, tmp_path):
    assert "model.onnx" in refusal(make_toy.write(tmp_path, make_toy.build(metadata=metadata)))


def test_a_model_without_our_metadata_is_refused(make_toy, tmp_path):
    model = make_toy.build()
    del model.metadata_props[:]
    assert "'minshi' metadata" in refusal(make_toy.write(tmp_path, model))


def test_a_model_of_another_width_than_its_tags_is_refused(make_toy, tmp_path):
    message = refusal(make_toy.write(tmp_path, make_toy.build(width=9)))
    assert message.startswith(f"{tmp_path / 'model.onnx'}: ")
    assert "scores 9 tags" in message


def test_a_file_that_is_not_onnx_at_all_is_refused(make_toy, tmp_path):
    assert "not an ONNX model" in refusal(make_toy.write(tmp_path, b"%PDF-1.7 something else"))


def test_weights_in_another_file_are_refused_before_a_session_is_made(make_toy, tmp_path):
    model = make_toy.build()
    table = model.graph.initializer[1]
    table.data_location = 1
    entry = table.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    assert "other files" in refusal(make_toy.write(tmp_path, model))


def test_a_graph_that_onnxruntime_cannot_run_is_refused_by_name(make_toy, tmp_path):
    model = make_toy.build()
    model.graph.node[1].op_type = "NoSuchOperator"
    message = refusal(make_toy.write(tmp_path, model))
    assert message.startswith(f"{tmp_path / 'model.onnx'}: onnxruntime")
