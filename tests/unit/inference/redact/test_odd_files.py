"""Files that are not what their names say are redacted as what they are, or refused with a reason."""

from __future__ import annotations

import codecs
import io
import json
import zipfile

import docx
import openpyxl
import pytest
import toy

from minshi.errors import InputError
from minshi.redact import Copied, Replacer
from minshi.redact.copy import redact_bytes

NAME = toy.entity("NAME", 3)
NAME_MASK = f"{NAME[0]}**"
PHONE, PHONE_MASK = "13900001234", "139****1234"


def redacted(data: bytes, name: str) -> tuple[bytes, Copied]:
    tagger = toy.alphabet_tagger()
    return redact_bytes(data, name, tagger=tagger, replace=Replacer("mask", labels=()), keep=lambda span: True)


def word_file(old: str, new: str) -> bytes:
    """A letter in whose parts, and in their names, `new` stands for `old`."""
    letter, stream, changed = docx.Document(), io.BytesIO(), io.BytesIO()
    letter.add_paragraph(f"户主{NAME}")
    letter.save(stream)
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(changed, "w") as target:
        for entry in source.namelist():
            target.writestr(entry.replace(old, new), source.read(entry).replace(old.encode(), new.encode()))
    return changed.getvalue()


def test_a_letter_whose_body_is_called_differently_is_redacted_there():
    copy, done = redacted(word_file("word/document.xml", "word/document2.xml"), "a.docx")
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert NAME_MASK in archive.read("word/document2.xml").decode()
        assert not any(NAME.encode() in archive.read(entry) for entry in archive.namelist())
    assert not any("document2" in warning for warning in done.warnings)


@pytest.mark.parametrize("stored", ["_x000D_", "_x0007_", "_x005F_x000D_"])
def test_characters_that_a_cell_writes_as_escapes_stay_as_they_are(stored):
    book, stream, changed = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append([f"户主{NAME}@@\n电话{PHONE}"])
    book.save(stream)
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(changed, "w") as target:
        for entry in source.namelist():
            target.writestr(entry, source.read(entry).replace(b"@@", stored.encode()))
    copy, _ = redacted(changed.getvalue(), "a.xlsx")
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert f">户主{NAME_MASK}{stored}\n电话{PHONE_MASK}</" in archive.read("xl/worksheets/sheet1.xml").decode()


def test_strict_open_xml_is_refused_and_what_to_do():
    data = word_file(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main"
    )
    with pytest.raises(InputError, match=r"Strict Open XML; save it as a usual docx"):
        redacted(data, "a.docx")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (r'{"c": "{\"name\": \"\\u5f20\"}"}', "a.json"),
        (r'{"text": "x", "c": "{\"name\": \"\\u5f20\"}"}', "a.jsonl"),
        ('a\n"{""name"": ""\\u5f20""}"\n', "a.csv"),
    ],
)
def test_a_file_with_chinese_written_as_codes_inside_a_text_is_refused(data, name):
    with pytest.raises(InputError, match="letters that it writes as codes"):
        redacted(data.encode(), name)


@pytest.mark.parametrize(
    ("data", "name"), [('{{"a": "{}"}}', "a.json"), ('{{"text": "甲", "a": "{}"}}\n', "a.jsonl"), ("甲,乙\n1,{}\n", "a.csv")]
)
def test_markup_inside_texts_is_told_and_letters_written_as_numbers_are_refused(data, name):
    copy, done = redacted(data.format(f"<b>{NAME}</b>&nbsp;").encode(), name)
    assert copy.decode() == data.format(f"<b>{NAME_MASK}</b>&nbsp;")
    assert done.warnings == ("not looked at: what markup and character references hide (<b>, &nbsp;) in texts (1)",)
    with pytest.raises(InputError, match="letters that it writes as numbers"):
        redacted(data.format("&#24352;&#19977;").encode(), name)
    assert redacted(data.format("1 < 2 &amp; 3").encode(), name)[1].warnings == ()


def test_json_under_any_name_is_redacted_as_json():
    copy, done = redacted(json.dumps({"n": 13900001234, "a": NAME}).encode(), "list.do")
    assert json.loads(copy) == {"n": PHONE_MASK, "a": NAME_MASK}
    assert done.warnings == ()


def test_a_script_with_codes_is_redacted_and_that_they_are_looked_at_alone_is_told():
    copy, done = redacted(f"var a = {json.dumps(['公示', NAME])};".encode(), "a.js")
    assert json.loads(copy.decode()[len("var a = ") : -1]) == ["公示", NAME_MASK]
    assert [warning[:43] for warning in done.warnings] == ["not looked at: what letters written as code"]


def test_json_lines_behind_the_suffix_of_json_are_redacted_line_by_line():
    lines = f'{{"text": "{NAME}"}}\n{{"text": "x"}}\n'
    copy, _ = redacted(lines.encode(), "a.json")
    assert copy.decode() == lines.replace(NAME, NAME_MASK)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "gb18030"),
        (b"", "big5"),
    ],
)
def test_json_lines_keep_their_mark_their_encoding_and_all_other_bytes(mark, encoding):
    # The tagger of these tests knows no character of Big5, but telephones are found by rules.
    lines = '{{"id": 1, "text": "上月在石橋村發給低收入戶生活補助，電話{0}"}}\r\n\n{{"手機": "{0}" }} \n{{"備註": "沒有"}}'
    copy, done = redacted(mark + lines.format(PHONE).encode(encoding), "a.jsonl")
    assert copy == mark + lines.format(PHONE_MASK).encode(encoding)
    assert done.findings == {"PHONE": 2}


def test_json_lines_with_a_line_of_broken_bytes_are_refused():
    with pytest.raises(InputError, match=r"a\.jsonl:2: not utf-8; convert it to UTF-8 first"):
        redacted(f'{{"text": "{NAME}"}}\n'.encode() + b'{"text": "\xff"}\n', "a.jsonl")


def test_an_xls_that_is_unicode_text_keeps_its_mark_and_encoding():
    table = f"姓名\t数量\r\n{NAME}\t1\r\n"
    copy, _ = redacted(codecs.BOM_UTF16_LE + table.encode("utf-16-le"), "名单.xls")
    assert copy == codecs.BOM_UTF16_LE + table.replace(NAME, NAME_MASK).encode("utf-16-le")


def test_xml_with_letters_written_as_numbers_is_refused():
    with pytest.raises(InputError, match="writes as numbers"):
        redacted("<a>户主&#24352;</a>".encode(), "a.xml")


def test_a_table_with_a_quote_that_never_closes_is_refused():
    with pytest.raises(InputError, match="row 2: a quote never closes"):
        redacted(f'姓名,数量\n"{NAME},1\n{NAME},2\n'.encode(), "a.csv")


@pytest.mark.parametrize(("name", "start"), [("a.txt", ""), ("a.csv", ""), ("a.html", "<html><p>"), ("a.json", '{"a": "')])
def test_a_file_that_ends_in_the_middle_of_a_character_is_refused(name, start):
    with pytest.raises(InputError, match="ends in the middle of a character"):
        redacted(f"{start}电话，{PHONE}，张".encode()[:-1], name)
