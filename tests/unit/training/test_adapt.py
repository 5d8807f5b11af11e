"""`minshi-train adapt`: what is hidden, what stays out of the text, and that its encoder is one to train from."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from minshi.errors import ConfigError, InputError
from minshi_train.adapt import AdaptConfig, _MaskedRows, _rows, _text, adapt
from minshi_train.cli import app
from minshi_train.encoder import MASK, load_encoder
from minshi_train.hashing import files_sha256
from minshi_train.model import IGNORED

_ENCODER = Path("data/encoder")


def _config(folder: Path, **changes: object) -> AdaptConfig:
    settings: dict[str, object] = {
        "seed": 7, "encoder": _ENCODER, "layers": 1, "text": ["data/samples/*.txt"], "characters": 1_000_000, "length": 16,
        "mask_share": 0.15, "mask_run": 2.0, "steps": 2, "batch_size": 4, "learning_rate": 1e-3, "warmup_share": 0.0,
        "weight_decay": 0.0, "bf16": False,
    }  # fmt: skip
    return AdaptConfig.model_validate({**settings, **changes})


def _write_text(path: Path, paragraphs: int) -> list[str]:
    rng = random.Random(1)
    lines = ["".join(rng.choices("张王李赵住县镇村人家医院患病低保公示名单", k=40)) for _ in range(paragraphs)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return lines


def test_hides_the_same_characters_each_time_and_says_what_they_were() -> None:
    config = _config(Path())
    rows = np.random.default_rng(0).integers(5, 8000, (40, 200)).astype(np.int16)
    first, again = _MaskedRows(rows, config, 8715), _MaskedRows(rows, config, 8715)
    hidden = 0
    for index in range(len(rows)):
        item = first[index]
        assert torch.equal(item["rows"], again[index]["rows"])
        asked = item["labels"][1:] != IGNORED
        assert torch.equal(item["labels"][1:][asked], torch.from_numpy(rows[index].astype(np.int64))[asked])
        assert torch.equal(item["rows"][1:][~asked], torch.from_numpy(rows[index].astype(np.int64))[~asked])
        hidden += int((item["rows"] == MASK).sum())
    assert 0.10 < hidden / rows.size < 0.16  # of 15 to 16 % hidden, eight tenths show the mask


def test_paragraphs_that_share_text_with_excluded_files_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = _write_text(tmp_path / "news.txt", 30)
    held_out = tmp_path / "judged.jsonl"
    held_out.write_text(json.dumps({"text": "前文" + lines[4][10:32] + "后文"}, ensure_ascii=False) + "\n", encoding="utf-8")
    chosen = _text(_config(tmp_path, text=["news.txt"], exclude=[held_out])).splitlines()
    assert sorted(chosen) == sorted(set(lines) - {lines[4]})


def test_an_adapted_encoder_is_trained_from_as_the_base_is(tmp_path: Path) -> None:
    encoder = _ENCODER.resolve()
    text = tmp_path / "news.txt"
    _write_text(text, 600)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        adapt(_config(tmp_path, encoder=encoder, text=["news.txt"]), tmp_path / "run")
    options = {"layers": 1, "dropout": 0.0, "attention_dropout": 0.0}
    before, after = load_encoder(encoder, **options), load_encoder(tmp_path / "run" / "encoder", **options)
    assert np.array_equal(before.table, after.table)
    assert not torch.allclose(before.body.encoder.layer[0].output.dense.weight, after.body.encoder.layer[0].output.dense.weight)
    losses = [
        row["eval_loss"] for row in json.loads((tmp_path / "run" / "history.json").read_text())["log"] if "eval_loss" in row
    ]
    assert losses
    assert all(0 < loss < 20 for loss in losses)


def test_no_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        adapt(_config(tmp_path, text=["nowhere/*.txt"]), tmp_path / "run")
    with pytest.raises(ConfigError, match=r"^text: data/sampels/\*\.txt: no such file, did you mean 'data/samples'\?"):
        adapt(_config(tmp_path, text=["data/samples/*.txt", "data/sampels/*.txt"]), tmp_path / "run")
    with pytest.raises(ConfigError, match=r"^exclude: nowhere\.txt: no such file"):
        adapt(_config(tmp_path, exclude=["nowhere.txt"]), tmp_path / "run")
    with pytest.raises(InputError, match="too little text"):
        adapt(_config(tmp_path), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    config = tmp_path / "adapt.yaml"
    config.write_text("seed: 1\nsteeps: 3\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["adapt", str(config)])
    assert result.exit_code == 1
    assert "steeps" in result.output
    assert "steps" in result.output


def test_text_that_is_excluded_now_does_not_stay_in_rows_that_were_made_before(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("a.txt", "b.txt"))
    _write_text(first, 600)
    second.write_text(
        "".join(f"无关的一行，第{number}号，与前文毫无相同之处，只为凑数。\n" for number in range(900)), encoding="utf-8"
    )
    encoder = load_encoder(_ENCODER, layers=1, dropout=0.0, attention_dropout=0.0)
    inputs = files_sha256([first, second])

    def rows(**changes: object) -> int:
        config = _config(tmp_path, text=[str(first), str(second)], **changes)
        return len(_rows(config, encoder.table, tmp_path / "rows.npy", inputs))

    both = rows()
    assert rows(exclude=[first]) < both
