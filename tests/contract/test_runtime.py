"""What the runtime promises to whoever installs it: few imports, the right files in the wheel, labels that agree."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from minshi import rules
from minshi.bundle import load_bundle
from minshi_train.config import load_labels, model_schema, parse_config

ROOT = Path(__file__).parents[2]
_HEAVY = ("torch", "transformers", "datasets", "yaml", "pydantic", "onnx", "seqeval", "accelerate")
_BLOCK = f"import sys\nfor name in {_HEAVY}: sys.modules[name] = None\n"


def _python(code: str, *arguments: str, stdin: str = "") -> str:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, input=stdin.encode(), capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_tagging_works_where_the_training_libraries_cannot_be_imported() -> None:
    code = _BLOCK + "from minshi.cli import app\napp(['tag', '--with-text'])"
    assert "13900001234" in _python(code, stdin="联系人张小明，电话13900001234。")


def test_tagging_imports_none_of_the_training_libraries() -> None:
    code = "import sys\nfrom minshi.cli import app\ntry: app(['tag'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    loaded = set(_python(code, stdin="张小明。").split())
    assert "numpy" in loaded
    assert loaded.isdisjoint(_HEAVY)


def test_importing_minshi_imports_nothing_else() -> None:
    code = "import sys\nbefore = set(sys.modules)\nimport minshi\nprint(*(set(sys.modules) - before))"
    assert {name.split(".")[0] for name in _python(code).split()} <= {"minshi", "importlib", "typing", "_typing", "collections"}


def test_help_imports_no_numpy() -> None:
    code = "import sys\nfrom minshi.cli import app\ntry: app(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    assert "numpy" not in _python(code).split()


def test_the_base_needs_three_libraries_and_no_more() -> None:
    needed = [Requirement(each) for each in requires("minshi") or []]
    assert {each.name for each in needed if each.marker is None} == {"numpy", "onnxruntime", "typer"}


def test_the_wheel_holds_both_packages_the_model_and_nothing_by_accident(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("inference", "training"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source / name)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "--wheel-dir",
        tmp_path,
        source,
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    on_disk = {
        path.relative_to(ROOT / root).as_posix()
        for root in ("inference", "training")
        for path in (ROOT / root).rglob("*")
        if path.suffix in {".py", ".typed"} or path.parent.name in {"model", "page"}
    }
    assert names == on_disk
    assert {"minshi/model/model.onnx", "minshi/model/manifest.json", "minshi/model/MODEL_CARD.md", "minshi_train/cli.py"} <= names


def test_the_shipped_model_the_rules_and_the_label_file_name_the_same_labels() -> None:
    labels = load_labels(ROOT / "configs" / "labels.yaml")
    shipped = load_bundle()
    assert shipped.labels == labels
    assert shipped.schema == model_schema(labels)
    assert {label.id for label in labels if label.kind == "rule"} == set(rules.LABELS)


def test_every_label_has_a_legal_category_of_the_law_or_none() -> None:
    for label in load_labels(ROOT / "configs" / "labels.yaml"):
        assert label.pipl in {None, "生物识别", "宗教信仰", "特定身份", "医疗健康", "金融账户", "行踪轨迹"}
        assert (label.pipl is None) == (label.gbt45574 is None)


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "train").glob("*.yaml")), ids=lambda path: path.name)
def test_every_training_configuration_is_valid(path: Path) -> None:
    assert parse_config(path).train.epochs > 0


def test_the_shipped_model_is_small_and_was_measured() -> None:
    bundle = load_bundle()
    assert len(bundle.model) < 40_000_000
    assert bundle.manifest["metrics"]["micro"]["f1"] >= 0.60
