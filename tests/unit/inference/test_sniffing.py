"""What a file is: its content says so, whatever its name says."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import docx
import openpyxl
import pytest

from minshi.errors import InputError
from minshi.readers import read_stream
from minshi.readers.sniff import sniff
from minshi.types import Document

PAGE = "<html><body><p>王小蕙患尿毒症</p></body></html>"
ROWS = "姓名,住址\n张三,溪口村3组\n李四,溪口村4组\n"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_USUAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def documents(data: bytes, name: str) -> list[Document]:
    found = list(read_stream(io.BytesIO(data), name))
    assert all(isinstance(item, Document) for item in found)
    return [item for item in found if isinstance(item, Document)]


def text(data: bytes, name: str) -> str:
    return "\n".join(doc.text for doc in documents(data, name))


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(InputError) as caught:
        list(read_stream(io.BytesIO(data), name))
    return str(caught.value)


def packed(entries: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def word_file() -> bytes:
    letter = docx.Document()
    letter.add_paragraph("王小蕙患尿毒症。")
    letter.add_table(1, 2).cell(0, 1).text = "溪口村3组"
    letter.sections[0].header.paragraphs[0].text = "经办 赵六"
    stream = io.BytesIO()
    letter.save(stream)
    return stream.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "张三"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["page?id=1", "index.php?id=3", "a", "a.txt", "a.csv", "a.pdf", "a.json", "a.xml"])
@pytest.mark.parametrize(
    "before",
    ["", "\ufeff", " \r\n", "<!DOCTYPE HTML PUBLIC>", '<?xml version="1.0" encoding="utf-8"?>\n<!-- saved -->\n<!doctype html>'],
)
def test_a_page_is_one_under_any_name(name, before):
    assert text((before + PAGE).encode(), name) == "王小蕙患尿毒症"


def test_a_page_in_utf_16_is_one_under_any_name():
    assert text(PAGE.encode("utf-16"), "a.txt") == "王小蕙患尿毒症"


def test_text_that_speaks_of_markup_stays_text():
    assert sniff(io.BytesIO("页面以<html>开头".encode()), "a.txt") == "text"
    assert sniff(io.BytesIO(b"<!-- " * 800), "a.txt") == "text"


@pytest.mark.parametrize(
    "name", ["list.do", "api_page_2", "a.txt", "a.log", "a.js", "a.csv", "a.html", "a.php", "a.xls", "a.xml"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_json_is_read_as_such_under_any_name(name, encoding):
    value = {"code": 0, "data": [{"姓名": "张三", "备注": "已公示的人员名单"}]}
    for indent in (None, 2):
        (doc,) = documents(json.dumps(value, ensure_ascii=False, indent=indent).encode(encoding), name)
        assert doc.text == "姓名：张三\n备注：已公示的人员名单"
        assert [anchor.place for anchor in doc.anchors] == ["/data/0/姓名", "/data/0/备注"]


def test_codes_of_json_under_any_name_are_letters():
    assert text(rb' {"a": "\u5f20\u4e09"} ', "list.do") == "a：张三"
    assert text(rb'[["\u5f20\u4e09"]]', "a.txt") == "张三"


def test_json_lines_are_known_under_any_name():
    lines = '{"姓名": "张三"}\n\n{"姓名": "李四"}\n{"姓名": "王五"}\n'
    assert [doc.text for doc in documents(lines.encode(), "a.log")] == ["姓名：张三", "姓名：李四", "姓名：王五"]
    broken = lines.replace("王五", '王"五').encode()
    assert [doc.text for doc in documents(broken, "a.log")] == [broken.decode()]


@pytest.mark.parametrize(
    "content",
    [
        "[公示]",
        "{公示}",
        "[1]",
        "[1, 2]",
        '{"a": "b"} 另附 {"a": "b"}',
        '{"a": "b",}',
        '{"a": "b"}{"a": "b"}',
        "[" * 100_000 + "]",
        '"a"',
    ],
)
def test_text_that_is_not_json_as_a_whole_stays_text(content):
    assert sniff(io.BytesIO(content.encode()), "a.txt") == "text"


def test_a_long_value_that_is_not_called_json_streams_as_text(monkeypatch):
    monkeypatch.setattr("minshi.readers.whole_json._MAX_BYTES", 20)
    lines = '{"姓名": "张三"}\n' * 9
    assert sniff(io.BytesIO(f'["{lines}"]'.encode()), "a.txt") == "text"
    assert sniff(io.BytesIO(lines.encode()), "a.txt") == "jsonl"


@pytest.mark.parametrize("blank", ["", "\n"])
def test_json_lines_are_known_behind_the_suffix_of_json(blank):
    lines = blank + '{"text": "张三"}\n' + blank + '{"text": "李四"}\n'
    assert [doc.text for doc in documents(lines.encode(), "a.json")] == ["张三", "李四"]


@pytest.mark.parametrize("value", [{"text": "张三"}, [{"text": "张三"}, {"text": "李四"}]])
@pytest.mark.parametrize("indent", [None, 0, 2])
def test_json_stays_json_however_it_is_laid_out(value, indent):
    assert sniff(io.BytesIO(json.dumps(value, indent=indent).encode() + b"\n"), "a.json") == "json"


def test_an_xls_that_is_a_table_of_commas_is_read_as_one():
    assert text(ROWS.encode("gb18030"), "名单.xls") == "姓名：张三；住址：溪口村3组\n姓名：李四；住址：溪口村4组"


def test_an_xls_that_is_the_unicode_text_of_excel_is_read_as_a_table():
    data = codecs.BOM_UTF16_LE + ROWS.replace(",", "\t").replace("\n", "\r\n").encode("utf-16-le")
    assert text(data, "名单.xls") == "姓名：张三；住址：溪口村3组\n姓名：李四；住址：溪口村4组"


def test_an_xls_of_other_bytes_is_no_table():
    assert "damaged" in refusal(bytes(range(256)), "名单.xls")


def test_a_doc_that_is_a_web_archive_is_said_and_what_to_do():
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="--=_x"\r\n\r\n----=_x\r\n'
    assert "save it as docx" in refusal(head + b"5aeT5ZCN", "公示.doc")


def renamed(data: bytes, folder: str, body: str) -> bytes:
    """Move the parts of a Word document and call its body differently, as some programs do."""
    entries = unpacked(data)
    for name in [name for name in entries if name.startswith("word/")]:
        new = f"{folder}/{body}" if name == "word/document.xml" else name.replace("word/", f"{folder}/")
        entries[new] = entries.pop(name)
    for name in ("[Content_Types].xml", "_rels/.rels"):
        entries[name] = (
            entries[name].replace(b"word/document.xml", f"{folder}/{body}".encode()).replace(b"/word/", f"/{folder}/".encode())
        )
    return packed(entries)


@pytest.mark.parametrize(("folder", "body"), [("word", "document2.xml"), ("docs", "main.xml")])
def test_a_word_document_is_read_whatever_its_parts_are_called(folder, body):
    data = renamed(word_file(), folder, body)
    assert sniff(io.BytesIO(data), "a.docx") == "docx"
    assert text(data, "a.docx") == text(word_file(), "a.docx")


def test_strict_open_xml_is_read():
    entries = {name: content.replace(_USUAL, _STRICT) for name, content in unpacked(word_file()).items()}
    assert text(packed(entries), "a.docx") == text(word_file(), "a.docx")


def open_document(kind: str) -> bytes:
    return packed({"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(), "content.xml": b"<x/>"})


@pytest.mark.parametrize("kind", ["text", "text-template", "presentation", "presentation-template", "spreadsheet-template"])
def test_what_libreoffice_wrote_goes_to_libreoffice(kind):
    assert sniff(io.BytesIO(open_document(kind)), "a") == "office"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packed({"OFD.xml": b"<x/>", "Doc_0/Document.xml": b"<x/>"}), "OFD file; save it as PDF"),
        (packed({"mimetype": b"application/vnd.oasis.opendocument.graphics", "content.xml": b"<x/>"}), "save it as PDF"),
        (b"Rar!\x1a\x07\x01\x00", "RAR archive; unpack it first"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "7z archive; unpack it first"),
        (b"a.txt".ljust(257, b"\0") + b"ustar\x0000", "tar archive; unpack it first"),
    ],
    ids=["ofd", "odg", "rar", "7z", "tar"],
)
def test_what_is_not_read_is_named_and_what_to_do(data, reason):
    assert reason in refusal(data, "a")


@pytest.mark.parametrize("name", ["a", "a.csv", "a.txt", "a.xls", "a.et", "a.doc", "a.xml", "名单.doc（1）"])
@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>', ".xls"),
        (b'<?xml version="1.0"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"/>', ".xml"),
        (rb"{\rtf1 a}", ".rtf"),
        (open_document("text"), ".odt"),
        (open_document("presentation"), ".odp"),
        (open_document("spreadsheet-template"), ".ots"),
        (packed({"ppt/presentation.xml": b"<x/>"}), ".pptx"),
    ],
    ids=["xml-sheet", "xml-letter", "rtf", "odt", "odp", "ots", "pptx"],
)
def test_what_libreoffice_converts_is_converted_as_what_it_is_whatever_its_suffix(data, suffix, name, monkeypatch):
    asked = []

    def convert(file: io.BytesIO, name: str, suffix: str) -> bytes:
        assert file.read() == data
        asked.append(suffix)
        return workbook()

    monkeypatch.setattr("minshi.readers.containers.convert", convert)
    assert "张三" in text(data, name)
    assert asked == [suffix]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_workbook_with_a_dtd_is_refused(encoding):
    entries = unpacked(workbook())
    bomb = '<?xml version="1.0"?><!-- x --><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    entries["xl/sharedStrings.xml"] = f'{bomb}<sst xmlns="x"><si><t>&b;</t></si></sst>'.encode(encoding)
    assert "DTD" in refusal(packed(entries), "a.xlsx")
    table = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": (bomb + "<d>&b;</d>").encode(encoding)}
    assert "DTD" in refusal(packed(table), "a.ods")


def test_a_damaged_workbook_is_said_in_words():
    assert refusal(packed({"xl/workbook.xml": b"<x"}), "a.xlsx").endswith("damaged workbook")


MAIL_BODY = "\r\n\r\n--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n55Sz6K+35Lq6\r\n--x--\r\n"


@pytest.mark.parametrize("name", ["a.eml", "a.txt", "a", "a.doc", "a.csv"])
@pytest.mark.parametrize(
    "head",
    [
        'Content-Type: multipart/mixed;\r\n boundary="x"\r\nMIME-Version: 1.0\r\nFrom: a@example.com',
        "Subject: =?utf-8?b?5ZCN5Y2V?=\nFrom: a@example.com\nContent-Type: multipart/alternative; boundary=x",
        "From a@example.com Mon Jan  1 00:00:00 2024\nSubject: 名单\nMIME-Version: 1.0",
        "Received: from a.example.com\r\n" * 300 + "Subject: x\r\nMIME-Version: 1.0",
    ],
    ids=["mixed", "without version", "mailbox", "long way"],
)
def test_a_mail_is_refused_and_what_to_do_is_said(name, head):
    assert "a mail; save its text and its attachments" in refusal((head + MAIL_BODY).encode("gb18030"), name)


@pytest.mark.parametrize(
    "head",
    [
        "发件人：赵六\n主题：名单\n\n",
        "From: zhao\nTo: wang\nSubject: 名单\nDate: 2024-01-01\n\n",
        "From: zhao\n说明 MIME-Version: 1.0, Content-Type: text/plain\n",
        "Content-Type: 公示\n\n",
    ],
)
def test_a_text_that_begins_as_a_mail_does_is_read(head):
    assert text((head + "王小蕙患尿毒症").encode(), "a.txt").endswith("王小蕙患尿毒症")


def test_a_mail_of_outlook_is_refused_and_what_to_do_is_said(monkeypatch):
    monkeypatch.setattr("minshi.readers.ole.root_streams", lambda file, name: {"__properties_version1.0": b"", "__nameid": b""})
    assert "a mail; save its text" in refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.msg")


DATA = Path(__file__).parents[2] / "data"  # encrypted.doc and .xls are LibreOffice's; the former is short, all in the mini stream


@pytest.mark.parametrize("suffix", ["doc", "xls"])
def test_an_office_97_file_with_a_password_is_said_to_have_one(suffix):
    data = gzip.decompress((DATA / f"encrypted.{suffix}.gz").read_bytes())
    assert refusal(data, f"a.{suffix}") == f"a.{suffix}: encrypted; remove the password first"


@pytest.mark.parametrize(("suffix", "kind"), [("ods", "spreadsheet"), ("odt", "text"), ("odp", "presentation")])
def test_an_open_document_with_a_password_is_said_to_have_one(suffix, kind):
    manifest = b'<m:manifest><m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>'
    entries = {"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(), "META-INF/manifest.xml": manifest}
    assert refusal(packed({**entries, "content.xml": bytes(200)}), f"a.{suffix}").endswith("encrypted; remove the password first")


def test_an_open_document_without_a_password_is_read():
    entries = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": b"<m:manifest/>"}
    assert sniff(io.BytesIO(packed({**entries, "content.xml": b"<x/>"})), "a.ods") == "sheets"
