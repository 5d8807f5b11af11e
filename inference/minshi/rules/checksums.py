"""Check digits of identity and bank card numbers. The functions take bare characters: no spaces, no hyphens."""

from __future__ import annotations

_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # digit sum of twice the digit
_MOD_11_2_SYMBOLS = "10X98765432"  # ISO/IEC 7064, MOD 11-2: check symbol by weighted sum mod 11
_MOD_11_2_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))  # GB 11643-1999, annex A


def luhn_valid(digits: str) -> bool:
    """Tell whether the digits end in their Luhn check digit (ISO/IEC 7812-1, annex B).

    >>> luhn_valid("79927398713"), luhn_valid("79927398710")
    (True, False)
    """
    if not (digits.isascii() and digits.isdigit()):
        return False
    total = sum(map(int, digits[-1::-2])) + sum(_LUHN_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0


def mod_11_2(digits: str) -> str:
    """Return the ISO/IEC 7064 MOD 11-2 check symbol of 17 digits, as GB 11643-1999 uses it.

    >>> mod_11_2("11010519491231002")  # the example of the standard
    'X'
    """
    total = sum(weight * int(digit) for weight, digit in zip(_MOD_11_2_WEIGHTS, digits, strict=True))
    return _MOD_11_2_SYMBOLS[total % 11]
