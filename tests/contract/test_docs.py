"""What the documents show works: the scripts run, the commands exist, the figures are those of the shipped model."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from minshi import Tagger
from minshi.bundle import load_bundle, shipped_path
from minshi.decode import spans_to_tags

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")


def _blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("sample", sorted(path.name for path in (ROOT / "data" / "samples").iterdir()))
def test_the_script_without_minshi_gets_the_same_tags(sample: str, tmp_path: Path) -> None:
    script = tmp_path / "tags.py"
    script.write_text("import sys\nsys.modules['minshi'] = None\n" + _blocks("docs/embedding.md", "python")[0], encoding="utf-8")
    text = (ROOT / "data" / "samples" / sample).read_text(encoding="utf-8")
    command = [sys.executable, str(script), str(shipped_path() / "model.onnx")]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=120)
    tagger = Tagger.load(threads=1)
    found = [span for span in tagger.tag(text).spans if span.by == "model"]
    expected = [tagger.schema.tags[tag] for tag in spans_to_tags(found, len(text), tagger.schema)]
    assert len(text) <= load_bundle().window
    assert json.loads(done.stdout) == expected


@pytest.mark.parametrize("name", [*READMES, "docs/embedding.md", "docs/readers.md"])
def test_the_python_that_the_documents_show_runs(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    blocks = [block for block in _blocks(name, "python") if "from minshi import" in block]
    assert blocks
    for block in blocks:
        exec(compile(block, name, "exec"), {})
    assert capsys.readouterr().out


@pytest.mark.parametrize("name", READMES)
def test_the_minshi_commands_in_the_readmes_run(name: str, tmp_path: Path) -> None:
    lines = [line.split("#")[0].strip() for block in _blocks(name, "sh") for line in block.splitlines()]
    commands = [line for line in lines if re.match(r"(cat .* \| )?minshi ", line)]
    assert commands
    (tmp_path / "data").symlink_to(ROOT / "data")
    for command in commands:
        shell = f'minshi() {{ "{sys.executable}" -m minshi "$@"; }}; {command}'
        done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, check=False, timeout=120)
        assert done.returncode == 0, f"{command}: {done.stderr.decode()}"


@pytest.mark.parametrize("name", READMES)
def test_the_figures_in_the_readmes_are_those_of_the_shipped_model(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    metrics = load_bundle().manifest["metrics"]
    for label, row in {**metrics["labels"], "micro": metrics["micro"]}.items():
        assert re.search(
            rf"\| \**`?{label}`?\** \|.*{row['precision']:.3f} \| {row['recall']:.3f} \| \**{row['f1']:.3f}", text
        ), label


def test_every_link_between_documents_leads_to_a_file() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "data" / "README.md"]:
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} -> {target}"
