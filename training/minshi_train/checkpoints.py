"""Where an interrupted training goes on: the newest checkpoint of a Trainer that was written to its end."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

from transformers import Trainer, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import get_last_checkpoint

from minshi_train.encoder import Encoder, save_encoder
from minshi_train.jsonfile import write_json

_log = logging.getLogger(__name__)
_RECIPE = "recipe.json"


def train_encoder(trainer: Trainer, encoder: Encoder, base: Path, run_dir: Path, recipe: dict[str, Any]) -> None:
    """Train an encoder that came from the folder `base` into run_dir/encoder; history.json keeps the recipe and the losses.

    Args:
        recipe: as `last_checkpoint` takes it.
    """
    trainer.train(resume_from_checkpoint=last_checkpoint(trainer.args, recipe))
    if trainer.is_world_process_zero():
        save_encoder(encoder, base, run_dir / "encoder")
        write_json(run_dir / "history.json", {**recipe, "log": trainer.state.log_history})
        shutil.rmtree(trainer.args.output_dir)  # the next run into this folder is another one


def last_checkpoint(arguments: TrainingArguments, recipe: dict[str, Any] | None = None) -> str | None:
    """Return the newest whole checkpoint in the output folder, None without one; newer ones that were cut off are removed.

    Of several processes the first one removes, before the others look.

    Args:
        recipe: all that the training depends on, as JSON has it. Checkpoints of another one are removed, and this one is noted
            beside those to come; None where the stages of a run see to that.
    """
    folder = Path(arguments.output_dir)
    with arguments.main_process_first(local=False):
        if recipe is not None:
            _keep_only_of(recipe, folder)
        while folder.is_dir() and (newest := get_last_checkpoint(str(folder))) is not None:
            if _is_whole(Path(newest)):
                return str(newest)
            _log.warning("%s: was cut off while it was written, removed", newest)
            shutil.rmtree(newest)
    return None


def _keep_only_of(recipe: dict[str, Any], folder: Path) -> None:
    noted = folder / _RECIPE
    if noted.is_file() and json.loads(noted.read_text(encoding="utf-8")) == recipe:
        return
    if folder.is_dir():
        if get_last_checkpoint(str(folder)) is not None:
            why = "of a training with other settings or inputs" if noted.is_file() else "nothing says what they were trained with"
            _log.warning("%s: checkpoints removed, %s", folder, why)
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    write_json(noted, recipe)


def _is_whole(checkpoint: Path) -> bool:
    """Tell whether the Trainer came to the state, which it writes last."""
    try:
        json.loads((checkpoint / TRAINER_STATE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True
