import pytest

from minshi.rules import find

FOUND = [
    ("车牌浙A12345，", "浙A12345"),
    ("浙A·12345", "浙A·12345"),
    ("浙A 12345", "浙A 12345"),
    ("浙A-12B45", "浙A-12B45"),
    ("浙·A12345", "浙·A12345"),
    ("粤Ｂ１２３４５", "粤Ｂ１２３４５"),
    ("黑a7k2k9", "黑a7k2k9"),
    ("苏C·AB123号小型客车", "苏C·AB123"),
    ("京AD12345", "京AD12345"),
    ("沪AF01234", "沪AF01234"),
    ("川A12345D", "川A12345D"),
    ("桂A1234学", "桂A1234学"),
    ("豫A1234警", "豫A1234警"),
    ("粤Z1234港", "粤Z1234港"),
    ("粤ZAB12澳", "粤ZAB12澳"),
    ("皖N3582挂", "皖N3582挂"),
    ("沪A0023领", "沪A0023领"),
    ("赣A1234应急", "赣A1234应急"),
    ("使014578", "使014578"),
    ("224578使", "224578使"),
    ("驾驶新A12345号", "新A12345"),
]

NOT_FOUND = [
    "浙A1234",
    "浙A123456",
    "浙A12345678",
    "浙I12345",
    "浙A1234O",
    "浙A1XX45",
    "桂M5×218",
    "皖N3×82挂",
    "晋E·3K***",
    "浙A12***",
    "辽宁XX,70000",
    "蒙ICP备17003123号",
    "浙ICP备",
    "北京A12345",
    "更新A12345",
    "大使014578",
    "浙A\t12345",
    "浙A\n12345",
    "苏ABCDEF",
    "京沪高铁G12345",
    "浙A12345-2",
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_number_plates_are_found(text: str, expected: str) -> None:
    validated, others = find(text)
    assert not validated
    assert [(text[span.start : span.end], span.label) for span in others] == [(expected, "LICENSE_PLATE")]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_look_alikes_of_number_plates_are_left_alone(text: str) -> None:
    assert find(text) == ([], [])
