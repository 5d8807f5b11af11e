"""PDF pages, written here by hand: rows stay rows, sentences are joined, and pages without text are told apart."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from minshi.errors import InputError, NoTextError
from minshi.readers import read_stream
from minshi.types import Document

pypdfium2 = pytest.importorskip("pypdfium2")

ROWS = [(72, "姓名", "住址", "备注"), (72, "张三", "溪口村三组", "丧偶"), (72, "李小梅", "溪口村四组", "离异")]
IN_ROWS = ["姓名：张三；住址：溪口村三组；备注：丧偶", "姓名：李小梅；住址：溪口村四组；备注：离异"]
MORE = [(72, "王五", "石桥村一组", "无"), (72, "赵六", "石桥村二组", "独居")]
IN_MORE = ["姓名：王五；住址：石桥村一组；备注：无", "姓名：赵六；住址：石桥村二组；备注：独居"]
PICTURE = "q 580 0 0 780 10 10 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI Q\n"
SENTENCE = ["兹有王小蕙患尿毒症，现居石桥镇溪口村三", "组，其丈夫于二零一五年去世，靠透析维", "持。", "经办人：赵六"]


def pdf(*pages: str | None, rotation: int = 0) -> bytes:
    """Return a PDF of these content streams; a page that is None is missing. Text is UCS-2, in a font that is not embedded."""
    kids = " ".join(f"{10 + 2 * number} 0 R" for number in range(len(pages)))
    font = "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>"
    inner = "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"
    described = "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/Ascent 880/Descent -120/FontBBox[0 -120 1000 880]>>"
    objects = {1: "<</Type/Catalog/Pages 2 0 R>>", 2: f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>"}
    objects |= {3: font, 4: f"{inner}/DW 1000/FontDescriptor 5 0 R>>", 5: described}
    for number, content in enumerate(pages):
        if content is not None:
            at = 10 + 2 * number
            fonts = "/Resources<</Font<</F 3 0 R>>>>"
            objects[at] = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Rotate {rotation}{fonts}/Contents {at + 1} 0 R>>"
            objects[at + 1] = f"<</Length {len(content)}>>\nstream\n{content}\nendstream"
    body, table = b"%PDF-1.4\n", ""
    for number, text in objects.items():
        table += f"{number} 1\n{len(body):010} 00000 n \n"
        body += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    end = f"xref\n0 1\n0000000000 65535 f \n{table}trailer\n<</Root 1 0 R/Size 100>>\nstartxref\n{len(body)}\n%%EOF"
    return body + end.encode()


def shown(x: float, y: float, text: str, matrix: str = "1 0 0 1") -> str:
    return f"BT /F 10 Tf {matrix} {x} {y} Tm <{text.encode('utf-16-be').hex()}> Tj ET\n"


def table(rows: Sequence[tuple[int, str, str, str]], top: int = 700) -> str:
    lines = enumerate(rows)
    return "".join(shown(x + 100 * c, top - 14 * at, text) for at, (x, *cells) in lines for c, text in enumerate(cells))


def read(data: bytes) -> tuple[list[str], list[str]]:
    items = list(read_stream(io.BytesIO(data), "a.pdf"))
    lines = [line for item in items if isinstance(item, Document) for line in item.text.split("\n")]
    return lines, [str(item) for item in items if isinstance(item, InputError)]


def test_rows_of_a_table_have_their_headers_and_sentences_are_joined():
    sentence = "".join(shown(72, 600 - 14 * at, text) for at, text in enumerate(SENTENCE))
    lines, errors = read(pdf(table(ROWS) + sentence))
    assert lines[:2] == IN_ROWS
    assert lines[2:] == ["兹有王小蕙患尿毒症，现居石桥镇溪口村三组，其丈夫于二零一五年去世，靠透析维持。", "经办人：赵六"]
    assert not errors


def test_characters_drawn_by_themselves_are_read_whatever_fonts_the_machine_has():
    number = "".join(shown(72 + 14 * at, 600, digit) for at, digit in enumerate("13900001234"))
    lines, _ = read(pdf(table([(72, "姓名", "性别", "等级"), (72, "张三", "男", "1"), (72, "李小梅", "女", "一")]) + number))
    assert lines == ["姓名：张三；性别：男；等级：1", "姓名：李小梅；性别：女；等级：一", "1 3 9 0 0 0 0 1 2 3 4"]


def test_a_table_goes_on_on_the_next_page_under_the_header_of_the_page_before():
    foot = shown(300, 30, "第1页")
    items = list(read_stream(io.BytesIO(pdf(table(ROWS) + foot, table(MORE) + foot, table(MORE))), "a.pdf"))
    docs = [item for item in items if isinstance(item, Document)]
    assert [doc.id for doc in docs] == ["a.pdf#table=1", "a.pdf", "a.pdf#table=2", "a.pdf#part=2", "a.pdf#table=3"]
    assert [doc.text.split("\n") for doc in docs] == [IN_ROWS, ["第1页"], IN_MORE, ["第1页"], IN_MORE]
    assert [anchor.place for anchor in docs[2].anchors[:4]] == [*(f"page=2;p=1;col={at}" for at in (1, 2, 3)), "page=2;p=2;col=1"]


def test_a_header_that_the_next_page_repeats_is_no_row():
    assert read(pdf(table(ROWS), table([ROWS[0], *MORE])))[0] == IN_ROWS + IN_MORE


def test_rows_of_other_columns_on_the_next_page_are_text_and_so_are_those_after_a_page_of_text():
    moved = "".join(shown(x, 700, text) for x, text in ((72, "王五"), (130, "石桥村二十一组"), (330, "无")))
    assert read(pdf(table(ROWS), moved))[0] == [*IN_ROWS, "王五  石桥村二十一组  无"]
    end = "".join(shown(72, 500 - 20 * at, text) for at, text in enumerate(("特此公示。", "溪口村", "二月。")))
    assert read(pdf(table(ROWS) + end, table(MORE[:1])))[0][-1] == "王五  石桥村一组  无"


def test_a_cell_that_is_left_empty_stays_so():
    page = table(ROWS) + shown(72, 658, "王五") + shown(272, 658, "独居")
    assert read(pdf(page))[0] == [*IN_ROWS, "姓名：王五；备注：独居"]


def test_lines_of_a_cell_in_the_middle_of_its_column_are_joined_in_their_row():
    page = (
        table(ROWS) + shown(72, 658, "王五") + shown(167, 658, "石桥镇溪口") + shown(182, 646, "三组") + shown(272, 658, "独居")
    )
    assert read(pdf(page))[0] == [*IN_ROWS, "姓名：王五；住址：石桥镇溪口三组；备注：独居"]


def test_a_cell_with_a_gap_in_it_is_one_cell_and_goes_on_below():
    page = table([(72, "姓名", "住址", ""), (72, "张三", "石桥镇溪口村三组", ""), (72, "李小梅", "石桥镇", "")], 700)
    page += shown(227, 672, "八栋") + shown(187, 660, "二室") + shown(72, 640, "王五") + shown(172, 640, "江峰村")
    assert read(pdf(page))[0] == [
        "姓名：张三；住址：石桥镇溪口村三组",
        "姓名：李小梅；住址：石桥镇八栋二室",
        "姓名：王五；住址：江峰村",
    ]


WRAPPED = ["姓名", "住址", "备注"]
IN_WRAPPED = [
    "姓名：张三；住址：石桥镇溪口村3组17号；备注：丧偶",
    "姓名：李小梅；住址：石桥镇江峰村4组；备注：家庭主要劳动力因病",
]


def placed(*texts: tuple[int, int, str]) -> str:
    return "".join(shown(x, y, text) for x, y, text in texts)


HEAD = placed(*((72 + 100 * at, 724, text) for at, text in enumerate(WRAPPED)))
CENTRED = placed((72, 694, "张三"), (272, 694, "丧偶"), (72, 664, "李小梅"), (172, 664, "石桥镇江峰村4组"))
CENTRED += placed(
    (172, 700, "石桥镇溪口村3组"), (172, 688, "17号"), (272, 670, "家庭主要劳动"), (272, 658, "力因病")
)  # as Excel's


def test_wrapped_cells_without_lines_around_them_are_whole_in_their_rows_on_the_next_page_too():
    assert read(pdf(HEAD + CENTRED, CENTRED))[0] == IN_WRAPPED * 2


def test_rows_are_not_joined_where_nothing_tells_them_from_lines_of_a_cell():
    near = placed(
        (72, 700, "张三"), (172, 700, "石桥镇溪口村3组"), (72, 688, "李小梅"), (172, 688, "石桥镇江峰村"), (272, 688, "独居")
    )
    lines = ["姓名：张三；住址：石桥镇溪口村3组", "姓名：李小梅；住址：石桥镇江峰村；备注：独居"]
    assert read(pdf(HEAD + near))[0] == lines
    sparse = placed((172, 640, "石桥镇溪口村9组"), (272, 640, "独居"))
    assert read(pdf(HEAD + CENTRED + sparse))[0] == [*IN_WRAPPED, "住址：石桥镇溪口村9组；备注：独居"]


def test_persons_below_one_another_beside_a_cell_that_is_merged_are_not_one():
    people = placed((72, 700, "张三"), (172, 712, "13900001234"), (172, 700, "13900001235"), (172, 688, "13900001236"))
    lines = read(pdf(HEAD + people + placed((72, 650, "李小梅"), (172, 650, "石桥村"))))[0]
    assert not any("13900001234" in line and "13900001235" in line for line in lines)


def test_a_row_of_a_form_in_a_page_is_no_header():
    rows = ((72, "姓名", "张三", "无"), (72, "住址", "石桥村一组", "无"))
    assert read(pdf(table(rows)))[0] == ["姓名  张三  无", "住址  石桥村一组  无"]


def test_columns_that_nearly_touch_are_told_by_standing_below_one_another():
    rows = [("溪口村三组", "丧偶"), ("石桥村四组", "离异")]
    page = "".join(shown(x, 700 - 14 * at, text) for at, row in enumerate(rows) for x, text in zip((72, 131), row, strict=True))
    assert read(pdf(page))[0] == ["溪口村三组  丧偶", "石桥村四组  离异"]


def test_a_cell_of_several_lines_is_joined_and_keeps_its_row():
    page = shown(72, 700, "张三") + shown(150, 700, "石桥镇溪口村") + shown(150, 686, "三组") + shown(300, 700, "丧偶")
    assert read(pdf(page + shown(72, 672, "李四")))[0] == ["张三  石桥镇溪口村三组  丧偶", "李四"]


def test_an_address_that_a_narrow_column_breaks_beside_its_sign_is_whole():
    page = table([(72, "姓名", "住址", "邮箱"), (72, "张三", "溪口村", "zhang_85"), (72, "", "", "@qq.com")])
    page += shown(72, 658, "王五") + shown(172, 658, "石桥村") + shown(272, 658, "wang1990@qq.") + shown(272, 646, "com")
    lines = ["姓名：张三；住址：溪口村；邮箱：zhang_85@qq.com", "姓名：王五；住址：石桥村；邮箱：wang1990@qq.com"]
    assert read(pdf(page))[0] == lines


@pytest.mark.parametrize(
    ("line", "below", "expected"),
    [
        ("联系电话139-1234-", "5678，谢谢。", "联系电话139-1234-5678，谢谢。"),
        ("联系电话0571—", "88881234。", "联系电话0571—88881234。"),
        ("联系电话139222", "11112，谢谢。", "联系电话13922211112，谢谢。"),
        ("联系电话13922211112", "13922211113", "联系电话13922211112 13922211113"),
        ("联系电话13922211112", "13", "联系电话13922211112 13"),
        ("发到zhang@qq.com.", "Thanks", "发到zhang@qq.com. Thanks"),
        ("转发zhang", "@all", "转发zhang @all"),
    ],
)
def test_a_number_that_a_line_breaks_is_whole_and_two_stay_two(line: str, below: str, expected: str):
    assert read(pdf(shown(72, 700, line) + shown(72, 686, below)))[0] == [expected]


def test_a_row_whose_first_cells_are_merged_with_the_row_above_is_a_line_of_its_own():
    page = shown(72, 700, "张三") + shown(150, 700, "张小") + shown(150, 686, "张大")
    assert read(pdf(page))[0] == ["张三  张小", "张大"]


def test_a_number_before_a_paragraph_is_no_column():
    page = shown(72, 700, "1.") + shown(110, 700, "申请人张三，家住石桥镇溪口村三") + shown(72, 686, "组，丧偶。")
    assert read(pdf(page))[0] == ["1. 申请人张三，家住石桥镇溪口村三组，丧偶。"]


def test_a_table_on_a_turned_page_has_its_rows():
    cells = [
        shown(100 + 14 * at, 72 + 100 * c, text, "0 1 -1 0") for at, (_, *row) in enumerate(ROWS) for c, text in enumerate(row)
    ]
    assert read(pdf("".join(cells), rotation=90))[0] == IN_ROWS


EDGES, PADDING = (68, 104, 144, 204, 274, 310), 4  # where the columns of a ruled table part
HEADER = ("姓名", "性别", "身份证号码", "家庭住址", "等级")
CUT_ROWS = [
    ("张小明", "男", "1101051949\n12310021", "石桥镇溪口\n村三组", "一级"),
    ("李秀兰", "女", "1101051949\n12310022", "长青乡红旗\n村五组十二\n号", "二级"),
]
IN_CUT_ROWS = [
    "姓名：张小明；性别：男；身份证号码：110105194912310021；家庭住址：石桥镇溪口村三组；等级：一级",
    "姓名：李秀兰；性别：女；身份证号码：110105194912310022；家庭住址：长青乡红旗村五组十二号；等级：二级",
]


def bar(left: float, bottom: float, right: float, top: float) -> str:
    return f"{left} {bottom} {right - left} {top - bottom} re f\n"


def stroke(left: float, bottom: float, right: float, top: float) -> str:
    return f"{left} {bottom} m {right} {top} l S\n"


def ruled(rows: Sequence[Sequence[str]], top: int = 700, edges: Sequence[int] = EDGES, rule: object = stroke) -> str:
    """Return a table with lines between its cells, whose lines of text stand in their middle."""
    draw = bar if rule is bar else stroke
    width = 0.5 if rule is bar else 0
    page = draw(edges[0], top, edges[-1], top + width)
    for row in rows:
        foot = top - 12 * max(len(text.split("\n")) for text in row) - 4
        page += draw(edges[0], foot, edges[-1], foot + width)
        page += "".join(draw(edge, foot, edge + width, top) for edge in edges)
        for left, text in zip(edges, row, strict=False):
            lines = text.split("\n")
            first = (top + foot + 12 * len(lines)) / 2 - 10
            page += "".join(shown(left + PADDING, first - 12 * at, line) for at, line in enumerate(lines))
        top = foot
    return page


@pytest.mark.parametrize("rule", [stroke, bar])
def test_lines_of_a_cell_between_ruling_lines_are_joined_however_near_the_columns_are(rule: object):
    end = shown(72, 500, "特此公示。")
    assert read(pdf(ruled([HEADER, *CUT_ROWS], rule=rule) + end)) == ([*IN_CUT_ROWS, "特此公示。"], [])


def test_a_ruled_table_with_a_wrapped_header_goes_on_on_the_next_page_also_with_a_single_row():
    header = ("姓\n名", "性\n别", "身份证\n号码", "家庭\n住址", "等级")
    foot = shown(300, 30, "第1页")
    items = list(read_stream(io.BytesIO(pdf(ruled([header, CUT_ROWS[0]]) + foot, ruled(CUT_ROWS[1:]))), "a.pdf"))
    docs = [item for item in items if isinstance(item, Document)]
    assert [doc.text for doc in docs] == [IN_CUT_ROWS[0], "第1页", IN_CUT_ROWS[1]]
    assert docs[2].anchors[2].place == "page=2;p=1;col=3"


def test_a_ruled_row_that_a_page_break_cuts_in_a_number_is_one():
    first, second = [("", "", text, "", "") for text in CUT_ROWS[0][2].split("\n")]
    page = ruled([HEADER, ("张小明", "男", first[2], "石桥镇", "一级")])
    assert read(pdf(page, ruled([second, *CUT_ROWS[1:]])))[0] == [
        "姓名：张小明；性别：男；身份证号码：110105194912310021；家庭住址：石桥镇；等级：一级",
        IN_CUT_ROWS[1],
    ]


def test_a_ruled_header_that_spans_columns_names_those_below_and_forms_are_pairs():
    rows = [("姓名", "与户主关系", "姓名", "身份证号"), ("张三", "妻子", "李四", "110105194912310021")]
    edges = (68, 148, 228, 308, 448)
    top = stroke(68, 720, 448, 720) + "".join(stroke(x, 700, x, 720) for x in (68, 228, 448))
    page = ruled(rows, edges=edges) + top + shown(72, 705, "家庭成员") + shown(232, 705, "监护人")
    line = "家庭成员姓名：张三；家庭成员与户主关系：妻子；监护人姓名：李四；监护人身份证号：110105194912310021"
    assert read(pdf(page))[0] == [line]
    form = [("姓名", "张三", "性别", "男"), ("家庭\n住址", "石桥镇溪口\n村三组", "民族", "汉族")]
    assert read(pdf(ruled(form, edges=(68, 108, 168, 208, 268))))[0] == [
        "姓名：张三；性别：男",
        "家庭住址：石桥镇溪口村三组；民族：汉族",
    ]


def test_two_names_in_a_cell_with_room_behind_them_stay_two():
    page = ruled([("姓名", "电话"), ("张三\n李四", "13900000001\n13900000002")], edges=(68, 148, 248))
    assert read(pdf(page))[0] == ["姓名：张三 李四；电话：13900000001 13900000002"]


def test_rows_that_only_lines_down_part_from_the_next_cell_are_rows():
    rows = [("姓名", "住址"), ("张三\n李小梅\n王五", "溪口村三组\n石桥村\n江峰村")]
    assert read(pdf(ruled(rows, edges=(68, 148, 248))))[0] == [
        "姓名：张三；住址：溪口村三组",
        "姓名：李小梅；住址：石桥村",
        "姓名：王五；住址：江峰村",
    ]


def test_text_that_is_too_wide_for_its_ruled_cell_stays_in_it():
    page = ruled(
        [("姓名", "住址", "备注"), ("张三", "石桥镇溪口村三组", ""), ("李四", "溪口村", "丧偶")], edges=(68, 108, 160, 260)
    )
    assert read(pdf(page))[0] == ["姓名：张三；住址：石桥镇溪口村三组", "姓名：李四；住址：溪口村；备注：丧偶"]


def test_a_ruled_table_on_a_turned_page_has_its_rows():
    rows = [("姓名", "住址", "备注"), ("张三", "石桥镇溪\n口村三组", "丧偶"), ("李小梅", "溪口村", "离异")]
    page = "0 1 -1 0 790 0 cm " + ruled(rows, edges=(68, 104, 154, 194))
    assert read(pdf(page, rotation=90))[0] == [
        "姓名：张三；住址：石桥镇溪口村三组；备注：丧偶",
        "姓名：李小梅；住址：溪口村；备注：离异",
    ]


@pytest.mark.parametrize(
    "drawing",
    [
        "70 10 m 70 790 l S 10 600 m 590 600 l S 20 20 560 760 re S\n",  # a frame and a cross
        "1 0 0 RG 1e38 0 m 1e39 0 l S 0 0 m 0 1e50 l S n h S 5 5 m h S\n",
        "".join(f"{x} {y} 5 5 re S\n" for x in range(0, 600, 6) for y in range(0, 800, 6)),
        "0 0 m 600 0 l S\n" * 12_000,
        "10 10 m 20 30 40 50 60 70 c h S\n",
    ],
    ids=["frame", "hostile numbers", "many boxes", "many lines", "curves"],
)
def test_a_page_whose_lines_are_no_table_is_read_by_where_its_text_stands(drawing: str):
    assert read(pdf(table(ROWS) + drawing)) == (IN_ROWS, [])


def test_a_scan_with_a_page_number_is_said_and_its_number_is_read():
    lines, errors = read(pdf(table(ROWS), PICTURE + shown(300, 30, "第2页")))
    assert lines[-1] == "第2页"
    assert len(errors) == 1
    assert "page 2 without a text layer" in errors[0]


def test_a_short_page_with_a_small_picture_is_no_scan():
    assert read(pdf(PICTURE.replace("580 0 0 780", "80 0 0 80") + shown(72, 700, "张三丧偶"))) == (["张三丧偶"], [])


def test_pages_that_are_damaged_or_scans_are_said_apart():
    lines, errors = read(pdf(shown(72, 700, "张三丧偶"), None, PICTURE))
    assert lines == ["张三丧偶"]
    assert [error.split(",")[0] for error in errors] == ["a.pdf: page 3 without a text layer", "a.pdf: page 2 damaged"]


def test_a_file_without_text_says_why():
    for data, reason in ((pdf(PICTURE, PICTURE), "pages without a text layer"), (pdf(None), "pages damaged")):
        with pytest.raises(InputError, match=reason):
            read(data)
    with pytest.raises(NoTextError, match="blank PDF"):
        read(pdf("", ""))


def filled_in(*annotations: str, content: str = "") -> bytes:
    """Return a page with annotations, whose form has one field, 90, in an object of its own, as a field of several boxes has."""
    data = pdf(content).decode("latin-1")
    kept = data[: data.index("xref")].replace("/Contents", f"/Annots[{''.join(annotations)}]/Contents")
    form = "/AcroForm<</Fields[90 0 R]>>"
    field = f"90 0 obj\n<</FT/Tx/T(phone)/V{said('13900001234')}/Kids[91 0 R]>>\nendobj\n"
    box = "91 0 obj\n<</Subtype/Widget/Parent 90 0 R/Rect[0 0 9 9]>>\nendobj\n"
    kept = kept.replace("/Type/Catalog", f"/Type/Catalog{form}")
    return (kept + field + box + "trailer\n<</Root 1 0 R/Size 100>>\n%%EOF").encode("latin-1")  # pdfium finds the objects itself


def test_files_that_are_attached_to_a_document_or_a_page_are_said_not_to_be_read():
    sheet = pypdfium2.PdfDocument(filled_in("<</Subtype/FileAttachment/Rect[0 0 9 9]>>", content=shown(72, 700, "见附件")))
    sheet.new_attachment("名单.xlsx").set_data(b"PK")
    stream = io.BytesIO()
    sheet.save(stream)
    told = "a.pdf: attachments (2) are not read; save each as a file of its own"
    assert read(stream.getvalue()) == (["见附件"], [told])


def said(text: str) -> str:
    return f"<feff{text.encode('utf-16-be').hex()}>"


def note(kind: str, text: str) -> str:
    return f"<</Subtype/{kind}/Contents{said(text)}/Rect[0 0 9 9]>>"


FIELD = "91 0 R "


def test_form_fields_and_notes_are_read_behind_the_text_of_their_page_and_links_are_not():
    data = filled_in(
        note("Link", "见附件"), FIELD, note("FreeText", "户主张三"), note("Popup", "窗"), content=shown(72, 700, "申请表")
    )
    (doc,) = read_stream(io.BytesIO(data), "a.pdf")
    found = {anchor.place: doc.text[anchor.start : anchor.end] for anchor in doc.anchors}
    assert found == {"page=1;p=1": "申请表", "page=1;note=1": "13900001234", "page=1;note=2": "户主张三"}


def test_a_page_with_nothing_but_a_form_is_not_blank():
    assert read(filled_in(FIELD)) == (["13900001234"], [])


def test_a_value_that_is_a_line_of_the_page_or_another_value_is_not_doubled():
    data = filled_in(FIELD, FIELD, note("Highlight", "户主张 三"), content=shown(72, 700, "户主张三"))
    assert read(data) == (["户主张三", "13900001234"], [])


def test_a_value_that_is_a_part_of_other_text_on_the_page_or_of_another_value_is_read():
    data = filled_in(
        note("FreeText", "李四光"), note("FreeText", "李四"), note("FreeText", "张三"), content=shown(72, 700, "张三丰")
    )
    assert read(data) == (["张三丰", "李四光", "李四", "张三"], [])


def test_a_page_with_very_many_notes_says_that_not_all_are_read(monkeypatch):
    monkeypatch.setattr("minshi.readers.pdf.MAX_NOTES", 2)
    monkeypatch.setattr("minshi.readers.annotations.MAX_NOTES", 2)
    lines, errors = read(filled_in(*(note("Text", f"第{number}条") for number in range(3))))
    assert lines == ["第0条", "第1条"]
    assert errors == ["a.pdf: pages with over 2 notes and form fields; not all are read"]
