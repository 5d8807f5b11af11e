import pytest

from minshi.rules.checksums import luhn_valid, mod_11_2


@pytest.mark.parametrize(
    ("digits", "symbol"),
    [("11010519491231002", "X"), ("44052418800101001", "4")],  # both printed in GB 11643-1999
)
def test_mod_11_2_agrees_with_the_standard(digits: str, symbol: str) -> None:
    assert mod_11_2(digits) == symbol


@pytest.mark.parametrize("digits", ["79927398713", "4111111111111111", "6222021234567894"])
def test_luhn_accepts_valid_numbers(digits: str) -> None:
    assert luhn_valid(digits)


@pytest.mark.parametrize(
    "digits", ["79927398710", "4111111111111112", "", "4111 1111 1111 1111", "４１１１１１１１１１１１１１１１"]
)
def test_luhn_refuses_wrong_digits_and_anything_else(digits: str) -> None:
    assert not luhn_valid(digits)


@pytest.mark.parametrize("place", range(18))
def test_one_wrong_digit_breaks_the_check_symbol(place: int) -> None:
    number = "330102199001011234"
    assert mod_11_2(number[:17]) == number[17]
    other = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert mod_11_2(other[:17]) != other[17]
