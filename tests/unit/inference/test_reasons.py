"""Whatever errors.jsonl may say of a file, the report says in Chinese, with the same numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import pytest

import minshi
from minshi.batch.reasons import in_chinese
from minshi.readers.unread import UNREAD

PACKAGE = Path(minshi.__file__).parent
SOURCES = [*sorted((PACKAGE / "readers").glob("*.py")), PACKAGE / "child.py"]
SOURCES += [PACKAGE / "batch" / f"{name}.py" for name in ("chunk", "plan", "reading")]
SAMPLES = {  # module and expression -> what it may be, where that is neither any number nor assigned in the module
    "chunk.entry.skip": ["no regular file"],
    "child.self._doing": ["reading"],
    "encoding.kind": [
        "a ZIP archive or Office file",
        "a PDF",
        "an Office 97 file",
        "a picture",
        "a gzip archive",
        "a binary file",
    ],
    "json.unreadable(err)": ["JSON nested too deeply", "JSON with a number of too many digits"],
    "jsonl.unreadable(err)": ["JSON nested too deeply", "JSON with a number of too many digits"],
    "pdf._listed(self.scans, pages)": ["pages", "page 3", "page 3, 4", "page 3, 4 and 12 more"],
    "pdf._listed(self.damaged, pages)": ["pages", "page 3", "page 3, 4", "page 3, 4 and 12 more"],
    "pdf._listed(self.crowded, pages)": ["pages", "page 3", "page 3, 4", "page 3, 4 and 12 more"],
    "unread.reason.format(count)": [reason.format(1234) for _, reason in UNREAD],
}


class Module:
    """A source, and the texts that its expressions may be."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.assigned.setdefault(node.targets[0].id, []).append(node.value)

    def reasons(self) -> Iterator[str]:
        """Yield what follows the name in its errors, and, in a plan, why files are skipped."""
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if self.name == "plan":  # its errors are said of the job, and end it
                yield from self.texts(node.args[3]) if node.func.id == "Entry" and len(node.args) == 4 else ()
            elif node.func.id in ("InputError", "NoTextError", "FarError"):
                yield from (text.partition(": ")[2] for text in self.texts(node.args[0]) if ": " in text)

    def texts(self, node: ast.expr) -> list[str]:
        expression = f"{self.name}.{ast.unparse(node)}"
        if expression in SAMPLES:
            return SAMPLES[expression]
        match node:
            case ast.Constant(str(text)):
                return [text]
            case ast.JoinedStr(pieces):
                return list(map("".join, product(*map(self.texts, pieces))))
            case ast.FormattedValue(value):
                return self.texts(value)
            case ast.IfExp(_, first, second):
                return self.any_of([first, second])
            case ast.BoolOp(_, values):
                return self.any_of(values)
            case ast.Name(name) if name in self.assigned:
                return self.any_of(self.assigned[name])
            case ast.Attribute(_, "strerror"):
                return ["Permission denied"]
            case ast.Attribute(_, "msg"):
                return ["Expecting value"]
        return [f"{node.lineno}{node.col_offset}"]  # a number unlike the others

    def any_of(self, nodes: Iterable[ast.expr]) -> list[str]:
        return [text for node in nodes for text in self.texts(node)]


def is_told(reason: str) -> bool:
    """Tell whether there is a Chinese text, with the numbers of the English one."""
    chinese = in_chinese(reason)
    numbers = set(re.findall(r"\d+", reason))
    return re.search("[\u4e00-\u9fff]", chinese) is not None and numbers <= set(re.findall(r"\d+", chinese))


def test_every_reason_has_its_chinese() -> None:
    reasons = {reason for path in SOURCES for reason in Module(path).reasons()}
    assert len(reasons) > 80
    assert sorted(reason for reason in reasons if not is_told(reason)) == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("encrypted; remove the password first", "文件已加密，请先去掉密码"),
        (
            "pages without a text layer, as scans are; recognise the text (OCR) first",
            "扫描件没有文字层，请先做文字识别（OCR）",
        ),
        (
            "page 1, 2, 3 and 4 more without a text layer, as scans are; recognise the text (OCR) first",
            "第 1、2、3 页及另外 4 页是扫描件，没有文字层，请先做文字识别（OCR）",
        ),
        ("page 7 damaged, cannot be read", "第 7 页已损坏，无法读取"),
        (
            "holds 12,345 files; an archive may hold 10,000 in all",
            "压缩包内有 12,345 个文件，合计最多 10,000 个；请分成几个压缩包",
        ),
        (
            "sheet 低保, {1} is damaged and cannot be read from row 8 on",
            "工作表“低保, {1}”已损坏，从第 8 行起没有读取；请打开检查后另存",
        ),
        ("gone since the job began (No such file or directory)", "任务开始后文件不见了（文件或文件夹不存在），没有读取"),
        ("no text in its fields applicant, /detail/note", "指定的字段里没有文字：applicant、/detail/note"),
        ("Input/output error", "读盘出错，请检查磁盘或网络盘"),
    ],
)
def test_numbers_and_names_are_carried_over(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


@pytest.mark.parametrize("reason", ["", "Level 3 halted", "empty file, and more", "page " + "1 and " * 20_000 + "cannot be read"])
def test_what_the_table_has_not_is_as_it_is(reason: str) -> None:
    assert in_chinese(reason) == reason
