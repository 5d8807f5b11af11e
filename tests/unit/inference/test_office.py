"""LibreOffice, played by a shell script: whatever happens to it or to us, nothing of it stays behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import docx
import pytest

from minshi.errors import InputError, StorageError
from minshi.readers import read_stream
from minshi.readers.office import convert

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs groups of processes")
# Two processes that hang, as soffice and the soffice.bin that it starts; the last command is the file to convert.
HANGS = '#!/bin/sh\nsleep 60 &\necho $! > "{0}.new"; echo $$ >> "{0}.new"; mv "{0}.new" "{0}"; wait\n'
CONVERTS = '#!/bin/sh\nfor last; do :; done\nmkdir "${last%/*}/out" && tr a-z A-Z < "$last" > "${last%/*}/out/source.docx"\n'
COPIES = 'for last; do :; done\nmkdir "${{last%/*}}/out" && cp "{0}/letter.docx" "${{last%/*}}/out/source.docx"\n'
OUR_END = "import io, sys; from minshi.readers.office import convert; convert(io.BytesIO(b'x'), 'a.doc', '.doc')"


@pytest.fixture
def soffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def play(script: str) -> None:
        program = tmp_path / "bin" / "soffice"
        program.parent.mkdir()
        program.write_text(script, encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    return play


def pids(path: Path) -> list[int]:
    for _ in range(600):
        if path.exists():
            return [int(line) for line in path.read_text(encoding="utf-8").split()]
        time.sleep(0.05)
    raise AssertionError("it did not start")


def all_gone(found: list[int]) -> bool:
    for _ in range(200):
        if not any(Path(f"/proc/{pid}").exists() and _is_running(pid) for pid in found):
            return True
        time.sleep(0.05)
    return False


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_it_wrote_is_returned_and_its_failure_said(soffice, tmp_path):
    soffice(CONVERTS)
    assert convert(io.BytesIO(b"text"), "a.doc", ".doc") == b"TEXT"
    (tmp_path / "bin" / "soffice").write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.doc: LibreOffice cannot convert it"):
        convert(io.BytesIO(b"text"), "a.doc", ".doc")


@pytest.mark.parametrize("name", ["letter.txt", "letter.csv", "letter.xls", "letter"])
def test_a_letter_is_converted_as_one_whatever_it_is_called(soffice, tmp_path, name):
    """By the suffix, LibreOffice would make a table of its source, or say that it is damaged."""
    letter = docx.Document()
    letter.add_paragraph("王小蕙患尿毒症。")
    letter.save(tmp_path / "letter.docx")
    soffice(f'#!/bin/sh\ncase "$*" in *"--convert-to docx"*/source.rtf) ;; *) exit 1;; esac\n{COPIES.format(tmp_path)}')
    assert [doc.text for doc in read_stream(io.BytesIO(rb"{\rtf1 a}"), name)] == ["王小蕙患尿毒症。"]


def test_one_that_hangs_is_ended_with_all_that_it_started(soffice, tmp_path):
    soffice(HANGS.format(tmp_path / "pids"))
    with pytest.raises(InputError, match="longer than 1 s"):
        convert(io.BytesIO(b"x"), "a.doc", ".doc", timeout=1.0)
    assert all_gone(pids(tmp_path / "pids"))


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\nexit 0\n", "#!/bin/sh\nsleep 60\n", CONVERTS])
def test_on_a_full_disk_neither_a_failure_nor_a_copy_that_may_be_cut_short_says_anything_of_the_file(
    soffice, monkeypatch, script
):
    soffice(script)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=3 << 20))
    with pytest.raises(StorageError, match=r"a\.doc: no room to convert it in .* \(3 MiB left\)"):
        convert(io.BytesIO(b"text"), "a.doc", ".doc", timeout=1.0)


def test_a_file_larger_than_what_is_left_of_the_disk_is_not_to_blame(soffice, monkeypatch):
    soffice("#!/bin/sh\nexit 1\n")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=17 << 20))
    with pytest.raises(InputError, match="cannot convert it"):
        convert(io.BytesIO(b"text"), "a.doc", ".doc")
    with pytest.raises(StorageError, match="17 MiB left"):
        convert(io.BytesIO(bytes(18 << 20)), "a.doc", ".doc")


def test_its_temporary_files_lie_where_ours_do(soffice, tmp_path, monkeypatch):
    """Elsewhere they would stay when it is killed, and fill a disk that nobody looks at."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    soffice(CONVERTS.replace('tr a-z A-Z < "$last"', 'echo "$TMPDIR"'))
    assert convert(io.BytesIO(b"text"), "a.doc", ".doc").decode().startswith(str(tmp_path))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_one_that_hangs_ends_when_the_process_that_reads_is_ended(soffice, tmp_path, end):
    soffice(HANGS.format(tmp_path / "pids"))
    with subprocess.Popen([sys.executable, "-c", OUR_END], stderr=subprocess.DEVNULL) as reader:
        found = pids(tmp_path / "pids")
        reader.send_signal(end)
    assert all_gone(found)


def test_where_it_is_missing_the_clerk_is_told_what_else_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="not installed; or save it as xlsx"):
        convert(io.BytesIO(b"x"), "a.et", ".et")
