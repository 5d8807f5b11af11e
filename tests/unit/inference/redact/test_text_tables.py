"""A table in a text is redacted in its cells, and every other byte of the file stays."""

from __future__ import annotations

import pytest
import toy

from minshi.redact import Replacer
from minshi.redact.copy import redact_bytes

TAGGER = toy.alphabet_tagger()
NAME = toy.entity(toy.SCHEMA.labels[0], 3, 1)
ROWS = {
    "a.md": "# 甲\r\n\r\n| 姓名 |出生日期 | QQ |\r\n|:---|----|:-:|\r\n|  {0}| **{1}** | `{2}` |\r\n\r\n{0}\r\n**QQ**：{2}\r\n",
    "a.txt": "甲\n姓名\t出生日期\tQQ\n{0}\t {1}\t{2}\n\n\n**出生日期**：**{1}** {0}",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ROWS)
def test_a_table_in_a_text_is_redacted_as_a_sheet_is(name: str, encoding: str) -> None:
    data = ROWS[name].format(NAME, "1985-03-02", "12345678").encode(encoding)
    copy, done = redact_bytes(data, name, tagger=TAGGER, replace=Replacer("remove", labels=()), keep=lambda span: True)
    assert copy == ROWS[name].format("", "", "").encode(encoding)
    assert (done.findings["BIRTH_DATE"], done.findings["QQ"]) == ((1, 2) if name == "a.md" else (2, 1))
