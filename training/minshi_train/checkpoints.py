"""Where an interrupted training goes on: the newest checkpoint of a Trainer that was written to its end."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

from transformers import TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import get_last_checkpoint

_log = logging.getLogger(__name__)


def last_checkpoint(arguments: TrainingArguments) -> str | None:
    """Return the newest whole checkpoint in the output folder, None without one; newer ones that were cut off are removed.

    Of several processes the first one removes, before the others look.
    """
    folder = Path(arguments.output_dir)
    with arguments.main_process_first(local=False):
        while folder.is_dir() and (newest := get_last_checkpoint(str(folder))) is not None:
            if _is_whole(Path(newest)):
                return str(newest)
            _log.warning("%s: was cut off while it was written, removed", newest)
            shutil.rmtree(newest)
    return None


def _is_whole(checkpoint: Path) -> bool:
    """Tell whether the Trainer came to the state, which it writes last."""
    try:
        json.loads((checkpoint / TRAINER_STATE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True
