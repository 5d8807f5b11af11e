from __future__ import annotations

import sys

import pytest

from minshi.fold import fold_char, fold_text


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("１３８－１２３４", "138-1234"),
        ("Ａｂｃ＠ｅｘ．ｃｏｍ", "Abc@ex.com"),
        ("甲\u3000乙\u00a0丙", "甲 乙 丙"),
        ("138—1234–5678‑9", "138-1234-5678-9"),
        ("（一）：", "(一):"),
        ("李某，住③号", "李某,住③号"),
        ("", ""),
        ("plain ASCII\r\n", "plain ASCII\r\n"),
    ],
)
def test_full_width_forms_become_plain(text, folded):
    assert fold_text(text) == folded


def test_every_code_point_folds_to_exactly_one_character():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert len(fold_text(every)) == len(every)
    assert all(len(fold_char(char)) == 1 for char in every)


def test_han_characters_of_the_main_block_fold_to_themselves():
    han = "".join(map(chr, range(0x4E00, 0xA000)))
    assert fold_text(han) == han
    assert "".join(map(fold_char, han)) == han
