"""What a mask leaves of a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minshi.masking import mask

_PIECES = (
    "石桥镇",
    "城关镇",
    "望江乡",
    "万安街道",
    "临江市",
    "溪口村",
    "幸福路",
    "3组",
    "17号",
    "二栋",
    "501室",
    "小区",
    "（",
    "）",
    " ",
)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("石桥镇溪口村3组17号", "石桥镇********"),
        ("浙江省台州市路桥区路南街道方林村", "浙江省台州市路桥区路南街道***"),
        ("陵水县本号镇亚欠村", "陵水县本号镇***"),
        ("淄博市周村区王村镇大七村", "淄博市周村区王村镇***"),
        ("江苏省镇江市丹徒区谷阳镇槐荫村", "江苏省镇江市丹徒区谷阳镇***"),
        ("昭通市镇雄县石桥镇溪口村", "昭通市镇雄县石桥镇***"),
        ("山西省乡宁县台头镇", "山西省乡宁县台头镇"),
        ("浙江省苍南县金乡镇星火村3组", "浙江省苍南县金乡镇*****"),
        ("苍南金乡镇星火村", "苍南金乡镇***"),
        ("平乡镇", "平乡镇"),
        ("中山市三乡镇平岚村", "中山市三乡镇***"),
        ("山东省金乡县金乡街道鱼山村", "山东省金乡县金乡街道***"),
        ("清溪乡镇东村5组", "清溪乡*****"),
        ("清溪乡镇村", "清溪乡**"),
        ("清溪乡镇企业宿舍", "清溪乡*****"),
        ("新乡市红旗区", "******"),
        ("溪口村3组17号石桥镇", "***********"),
        ("幸福路12号镇江花园", "**********"),
        ("溪口村石桥镇", "******"),
        ("幸福路", "***"),
    ],
)
def test_an_address_is_kept_to_its_town_unless_more_stands_before_that(address: str, shown: str) -> None:
    assert mask("ADDRESS", address) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("88123456", "8*******"),
        ("8812-3456", "8********"),
        ("8812 3456", "8********"),
        ("８８１２－３４５６", "８********"),
        ("8812 - 34 56", "8***********"),
        ("0571-88123456", "057******3456"),
        ("139-0000-1234", "139******1234"),
        ("138****1234", "138****1234"),
        ("138xxxx1234", "138****1234"),
    ],
)
def test_what_parts_the_digits_of_a_number_does_not_show_more_of_them(phone: str, shown: str) -> None:
    assert mask("PHONE", phone) == shown


@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=8).map("".join))
def test_no_number_of_a_house_and_no_street_is_left_in_an_address(address: str) -> None:
    shown = mask("ADDRESS", address)
    assert len(shown) == len(address)
    assert not any(char.isdigit() for char in shown)
    assert not any(word in shown for word in ("溪口", "幸福", "二栋"))
