from __future__ import annotations

import codecs
import io
import zipfile
from io import BytesIO

import pytest

from minshi.errors import InputError
from minshi.readers import read_stream
from minshi.readers.encoding import decode_text, text_chunks, text_lines

NOTICE = "关于２０２４年度城乡居民最低生活保障对象的公示：经个人申请、村委会审核，现将名单公布如下，公示期为七天。\r\n"
JAPANESE = "障害者手帳をお持ちの方は、窓口で申請してください。申請には本人確認書類が必要です。受付時間は平日の午前からです。"


def refusal(data: bytes, name: str = "公示.txt") -> str:
    with pytest.raises(InputError) as caught:
        decode_text(data, name)
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "gb18030"),
        (b"", "gbk"),
    ],
)
@pytest.mark.parametrize("text", [NOTICE, "的", NOTICE * 100], ids=["notice", "one character", "long"])
def test_a_notice_is_read_in_every_known_encoding_and_loses_only_its_mark(mark, encoding, text):
    assert decode_text(mark + text.encode(encoding), "a.txt") == text


def test_characters_of_four_bytes_in_gb18030_are_read():
    text = NOTICE + "罕用字：㐀𠮷𪚥，维吾尔文：ئۇيغۇر"
    assert decode_text(text.encode("gb18030"), "a.txt") == text


def test_ascii_and_emoji_are_utf_8():
    assert decode_text(b"plain\n", "a.txt") == "plain\n"
    assert decode_text("👍🏻".encode(), "a.txt") == "👍🏻"


def test_line_ends_and_a_later_mark_stay_as_they_are():
    text = "一\r\n二\r三\n\ufeff四"
    assert decode_text(codecs.BOM_UTF8 + text.encode(), "a.txt") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("주민등록번호와 성명 및 주소를 공개하지 않는다. 지원 대상자 명단은 다음과 같다.", "euc-kr"),
        (
            JAPANESE,
            "shift-jis",
        ),
        (
            JAPANESE,
            "euc-jp",
        ),
        ("Привет, это список получателей помощи", "koi8-r"),
    ],
)
def test_text_of_another_encoding_is_refused_rather_than_misread(text, encoding):
    message = refusal(text.encode(encoding) * 5)
    assert "UTF-8" in message


def test_big5_is_read_where_it_makes_plausible_chinese():
    text = "關於本年度低收入戶及身心障礙者生活補助名單公告：經審核符合資格者名單如下，請於期限內辦理。"
    assert decode_text(text.encode("big5"), "a.txt") == text


@pytest.mark.parametrize(
    "text",
    [
        "丁毅,尿毒症\n欧阳磊,糖尿病\n赵鑫,癫痫",
        "丁毅\r\n欧阳磊\r\n赵鑫\r\n",
        "李娜\n刘伟\n陈丽芳\n",
        "王小蕙、赵鑫（丧偶）",
        "姓名,电话\n周娟,13900001234\n孙毅,13900005678\n",
    ],
)
def test_a_short_list_in_gb18030_is_read(text):
    assert decode_text(text.encode("gb18030"), "名单.txt") == text


@pytest.mark.parametrize("text", ["張麗娟\n劉偉\n陳國強", "趙鵬,癲癇\n歐陽磊,糖尿病", "王小明、林鄭月"])
def test_a_short_list_in_big5_is_read(text):
    assert decode_text(text.encode("big5"), "名单.txt") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("김철수\n이영희\n박민준\n최서연", "euc-kr"),
        ("佐藤健太\n鈴木翔太\n後藤拓也", "euc-jp"),
        ("佐藤花子\n鈴木一郎", "shift-jis"),
        ("Анна Иванова\nОльга Петрова", "koi8-r"),
        ("Анна Иванова\nОльга Петрова", "windows-1251"),
    ],
)
def test_a_short_list_in_another_encoding_is_refused(text, encoding):
    assert "UTF-8" in refusal(text.encode(encoding))


def test_two_characters_that_may_be_of_any_encoding_are_refused():
    assert "UTF-8" in refusal("赵鑫".encode("gb18030"))


def test_text_of_another_encoding_is_never_quoted():
    data = "주민등록번호와 성명".encode("euc-kr") * 5
    message = refusal(data)
    assert not any(char in message for char in data.decode("gb18030", "ignore") if char > "\x7f")


def test_text_is_decoded_piecewise_to_the_same(monkeypatch):
    text = "家住溪口村3组，患尿毒症。\r\n" * 50
    for encoding in ("utf-8", "gb18030", "utf-16"):
        monkeypatch.setattr("minshi.readers.encoding._SAMPLE", 7)
        assert decode_text(text.encode(encoding), "a.txt") == text


def test_lines_keep_their_ends_wherever_a_piece_ends(monkeypatch):
    text = "一\r\n二\r三\n\n四"
    for size in range(2, 9):
        monkeypatch.setattr("minshi.readers.encoding._SAMPLE", size)
        assert list(text_lines(io.BytesIO(text.encode()), "a.csv")) == ["一\r\n", "二\r", "三\n", "\n", "四"]


def test_the_first_bad_byte_is_named():
    assert "(byte 4)" in refusal(b"abcd\xff\xff\xff")
    assert "byte 2 is not" in refusal(codecs.BOM_UTF8 + b"ab\xff")
    assert "byte 2 is not" in refusal(codecs.BOM_UTF16_LE + b"a\x00\x00\xdc")


def test_of_text_that_is_utf_8_for_long_the_byte_where_it_breaks_is_named():
    start, end = (NOTICE * 1000).encode(), NOTICE.encode()
    assert f"UTF-8 (byte {len(start)})" in refusal(start + b"\xff\xff\n" + end)
    assert f"UTF-8 (byte {len(start)})" in refusal(start + b"\xe5\xbc" + end)


def read_in_part(data: bytes) -> tuple[str, list[str]]:
    errors: list[InputError] = []
    return "".join(text_chunks(io.BytesIO(data), "公示.txt", errors)), list(map(str, errors))


CUT = "公示.txt: ends in the middle of a character, which is not read; it may have been cut off"


@pytest.mark.parametrize("piece", [1 << 20, 7])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize(("last", "lost"), [("张", 1), ("张", 2), ("𠮷", 1), ("𠮷", 2), ("𠮷", 3)])
@pytest.mark.parametrize("text", [NOTICE * 3, "2024年度", "琚", "姓名 · 地址 · "])
def test_utf_8_that_is_cut_in_its_last_character_is_read_up_to_that(text, last, lost, mark, piece, monkeypatch):
    monkeypatch.setattr("minshi.readers.encoding._SAMPLE", piece)
    assert read_in_part(mark + (text + last).encode()[:-lost]) == (text, [CUT])


def test_so_is_utf_8_that_holds_nothing_beyond_ascii_before_it():
    assert read_in_part(b"Tel 139" + "张".encode()[:-1]) == ("Tel 139", [CUT])


def test_so_is_utf_16():
    assert read_in_part(codecs.BOM_UTF16_LE + (NOTICE + "张").encode("utf-16-le")[:-1]) == (NOTICE, [CUT])


def test_cut_text_is_refused_where_it_is_wanted_whole():
    assert refusal(NOTICE.encode() + "张".encode()[:-1]) == CUT


def test_the_last_line_of_cut_text_is_read():
    errors: list[InputError] = []
    assert list(text_lines(io.BytesIO("一\n二三".encode()[:-1]), "a.csv", errors)) == ["一\n", "二"]
    assert len(errors) == 1


@pytest.mark.parametrize("name", ["名单.txt", "名单.csv", "名单.html"])
def test_a_reader_gives_what_a_cut_file_holds_and_says_so_behind_it(name):
    page = "<html><p>" if name.endswith("html") else ""
    data = f"{page}姓名,电话\n张三,13687654321\n李四,玛丽".encode()[:-1]
    *docs, error = read_stream(io.BytesIO(data), name)
    assert "13687654321" in docs[0].text
    assert docs[-1].text.endswith("玛")
    assert str(error) == CUT.replace("公示.txt", name)


def test_a_utf_8_mark_before_gb18030_is_refused():
    assert "utf-8" in refusal(codecs.BOM_UTF8 + NOTICE.encode("gb18030"))


def archive() -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("word/document.xml", NOTICE)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (archive(), "ZIP archive or Office"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office 97"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (bytes(range(32)) * 10, "a binary file"),
        (bytes(1000), "a binary file"),
        (NOTICE.encode("utf-16-le"), "a binary file"),
    ],
    ids=["zip", "pdf", "ole", "png", "jpeg", "gzip", "controls", "NUL", "UTF-16 without mark"],
)
def test_binary_files_are_refused_by_kind(data, kind):
    message = refusal(data)
    assert kind in message
    assert "not plain text" in message


def test_a_stray_control_character_does_not_make_a_text_binary():
    text = NOTICE * 10 + "\0"
    assert decode_text(text.encode(), "a.txt") == text


@pytest.mark.parametrize(
    "data",
    [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE],
    ids=["empty", "UTF-8", "UTF-16-LE", "UTF-16-BE", "UTF-32-LE", "UTF-32-BE"],
)
def test_an_empty_file_is_refused_with_or_without_mark(data):
    assert "empty file" in refusal(data)
