from __future__ import annotations

import pytest

from minshi.bench import measure
from minshi.errors import InputError, ModelError
from minshi.types import Document


def test_a_measurement_names_load_text_speed_and_memory(toy_bundle):
    docs = [Document("a", "公示：Nnn" * 20), Document("b", "")]
    rows = list(measure(docs, seconds=0.01, model=toy_bundle))
    assert [row.split()[0].rstrip(",") for row in rows][:3] == ["load", "text", "tag_many"]
    assert "120 characters in 2 documents" in rows[1]
    assert any("characters/s" in row and "1 thread" in row for row in rows)


@pytest.mark.parametrize("docs", [[], [Document("a", "")]])
def test_nothing_to_measure_on_is_an_input_error(docs, toy_bundle):
    with pytest.raises(InputError, match="no text"):
        list(measure(docs, seconds=0.01, model=toy_bundle))


def test_a_missing_model_is_a_model_error(tmp_path):
    with pytest.raises(ModelError, match=r"manifest\.json"):
        list(measure([Document("a", "文")], seconds=0.01, model=tmp_path))
