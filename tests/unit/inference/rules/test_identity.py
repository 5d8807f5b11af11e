import pytest

from minshi.rules import find
from minshi.rules.checksums import luhn_valid

ID = "330102199001011234"  # fictional, like every number here; the check digits hold
ID_X = "11010519491231002X"
WRONG = "330102199001011235"

FOUND = [
    (f"身份证号：{ID}，", [(ID, "ID_CARD")]),
    (f"{ID_X}", [(ID_X, "ID_CARD")]),
    ("公民身份号码11010519491231002x。", [("11010519491231002x", "ID_CARD")]),
    ("330102 1990 0101 1234", [("330102 1990 0101 1234", "ID_CARD")]),
    ("330102-19900101-1234", [("330102-19900101-1234", "ID_CARD")]),
    ("330102 19900101 1234", [("330102 19900101 1234", "ID_CARD")]),
    ("３３０１０２１９９００１０１１２３４", [("３３０１０２１９９００１０１１２３４", "ID_CARD")]),
    (f"13812345678 {ID}", [("13812345678", "PHONE"), (ID, "ID_CARD")]),
    (f"{ID} 13812345678", [(ID, "ID_CARD"), ("13812345678", "PHONE")]),
    (f"张三\t{ID}\t6222021234567894", [(ID, "ID_CARD"), ("6222021234567894", "BANK_CARD")]),
    (f"|1|{ID}|{ID_X}|", [(ID, "ID_CARD"), (ID_X, "ID_CARD")]),
    (f"{ID} 45", [(ID, "ID_CARD")]),
    (f"1 {ID} 2", [(ID, "ID_CARD")]),
    (f"{ID}\n{ID_X}", [(ID, "ID_CARD"), (ID_X, "ID_CARD")]),
    (f"学籍号：G{ID}", [(ID, "ID_CARD")]),
    ("永久居留证911124198108030024", [("911124198108030024", "ID_CARD")]),  # the specimen of 2023
    ("居住证830000199001010012", [("830000199001010012", "ID_CARD")]),
    ("620102198503020012", [("620102198503020012", "ID_CARD")]),
    ("旧证号330102900101123，", [("330102900101123", "ID_CARD")]),
    ("旧证号330102 900101 123，", [("330102 900101 123", "ID_CARD")]),
    (f"残疾证号{ID}43", [(f"{ID}43", "DISABILITY_CARD")]),
    (f"残疾证号{ID_X}11，", [(f"{ID_X}11", "DISABILITY_CARD")]),
    (f"残疾证号{ID}43B1，", [(f"{ID}43B1", "DISABILITY_CARD")]),
    ("3301 0219 9001 0112 3443", [("3301 0219 9001 0112 3443", "DISABILITY_CARD")]),
    (f"{ID}-62", [(f"{ID}-62", "DISABILITY_CARD")]),
    ("护照E12345678", [("E12345678", "PASSPORT")]),
    ("持中国护照（号码：EA1234567）", [("EA1234567", "PASSPORT")]),
    ("护照编号：E12345678", [("E12345678", "PASSPORT")]),
    ("护照号码G12345678，", [("G12345678", "PASSPORT")]),
    ("公务护照SE1234567", [("SE1234567", "PASSPORT")]),
    ("护照号：Ｅ１２３４５６７８", [("Ｅ１２３４５６７８", "PASSPORT")]),
    ("姓名\t护照号\n张三\tE12345678\n李四\tEB7654321", [("E12345678", "PASSPORT"), ("EB7654321", "PASSPORT")]),
    ("港澳通行证号C12345678", [("C12345678", "PASSPORT")]),
    ("往来港澳通行证：CA1234567", [("CA1234567", "PASSPORT")]),
    ("大陆居民往来台湾通行证T12345678", [("T12345678", "PASSPORT")]),
    ("回乡证 H0123456789", [("H0123456789", "PASSPORT")]),
    ("台胞证号：01234567", [("01234567", "PASSPORT")]),
    ("身份证110105194912\n31002X。", [("110105194912\n31002X", "ID_CARD")]),
    ("身份证号：110105194912310000", [("110105194912310000", "ID_CARD")]),
    ("身份证号\n110105194912310000", [("110105194912310000", "ID_CARD")]),
    ("证件号码：330682198503021184", [("330682198503021184", "ID_CARD")]),  # what a float holds of …1234
    (f"身份证号：{WRONG}", [(WRONG, "ID_CARD")]),
    ("身份证号：110105194913310000", [("110105194913310000", "ID_CARD")]),
    (f"张三，男，{WRONG}", [(WRONG, "ID_CARD")]),
    ("330102 19900101 1235", [("330102 19900101 1235", "ID_CARD")]),
    ("110105\u200b19491231\u00ad002X", [("110105\u200b19491231\u00ad002X", "ID_CARD")]),
]

NOT_FOUND = [
    "项目330102202401150012",  # the number of a project: place, date, serial number
    f"订单号：{WRONG}",
    "身份证有效期：2014-01-15 2034-01-15 12",
    "330102********1234",
    "330102＊＊＊＊＊＊＊＊1234",
    "330102XXXXXXXX1234",
    "330102××××××××1234",
    "4103021983*******",
    "450126197710080×××42",
    "15223219760101××14",
    "330102 1990 **** 1234",
    "330102198809241×××",
    f"{ID}0",
    f"9{ID}",
    f"{ID}AB",
    "330102199002301233",  # 30 February, check digit right
    "990124198108030028",  # no such province
    "330102299001011232",  # born in 2990
    "3301\t0219\t9001\t0112\t34",
    "330102\n199001011234",
    "12330000470051234X",
    "91330102MA27ABCD1X",
    f"残疾证号{ID[:-1]}543",
    "旧证号330102901301123",
    "注册号330102900101123",
    "纳税人识别号：330102900101123",
    "编号330102900101123",
    "E12345678",
    "产品E20240115",
    "姓名 护照号 编号E20240115",
    "编号Q450098731",
    "G12345678次列车",
    "护照尾号771",
    "C12345678",
    "护照E1234****",
    "护照E123456789",
    "通行证于2024年1月办理",
    "粮票12345678",
    "110105194912\n31002X",
    "身份证110105194912\n310021",
    "订单110105194912310000",
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_identity_numbers_are_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert hits(text) == expected


@pytest.mark.parametrize("text", NOT_FOUND)
def test_look_alikes_of_identity_numbers_are_left_alone(text: str) -> None:
    assert hits(text) == []


def test_only_numbers_with_check_digit_count_as_validated() -> None:
    validated, others = find(f"{ID}，{ID}43，330102900101123，护照E12345678")
    assert [span.label for span in validated] == ["ID_CARD", "DISABILITY_CARD"]
    assert {span.score for span in validated} == {1.0}
    assert [span.label for span in others] == ["ID_CARD", "PASSPORT"]
    assert all(span.score < 1.0 and span.by.startswith("rule:") for span in others)


def test_a_wrong_identity_number_from_gansu_is_no_bank_card() -> None:
    number = "620102198503020038"
    assert luhn_valid(number)
    assert hits(number) == [(number, "ID_CARD")]


def hits(text: str) -> list[tuple[str, str]]:
    spans = sorted(span for layer in find(text) for span in layer)
    return [(text[span.start : span.end], span.label) for span in spans]


@pytest.mark.parametrize("before", ["NO", "A", "G", "■", "……", "●"])
def test_what_stands_before_an_identity_number_does_not_hide_it(before: str) -> None:
    assert hits(f"身份证{before}11010519491231002X……") == [("11010519491231002X", "ID_CARD")]


def test_a_number_with_a_wrong_check_digit_is_less_sure_than_one_with_the_right_one() -> None:
    validated, (unchecked,) = find("身份证号：110105194912310000")
    assert not validated
    assert unchecked.score < 0.8
