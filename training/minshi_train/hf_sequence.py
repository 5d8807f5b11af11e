"""The network of an exported folder whose pipeline answers whole tag sequences. `export` copies this file into the folder.

`transformers` runs it with `trust_remote_code=True`, so it imports nothing but torch and transformers.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import BertForTokenClassification as _Base
from transformers.modeling_outputs import TokenClassifierOutput

_NEVER = -1e4


class BertForTokenClassification(_Base):  # under any other name its pipeline would complain that it does not know it
    """Its highest logit at each token is the tag of the most probable legal sequence; [CLS] and padding are O."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, **options: Any) -> TokenClassifierOutput:
        """Return the base's output, in which each token's highest logit and that of the sequence's tag are exchanged."""
        output = super().forward(input_ids, attention_mask=attention_mask, **options)
        logits = output.logits.float()
        real = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        real = real.bool() & (torch.arange(input_ids.shape[1], device=input_ids.device) > 0)  # the first is [CLS]
        names = [self.config.id2label[tag] for tag in range(logits.shape[-1])]
        chosen = best_sequence(logits.log_softmax(dim=-1), real, names).unsqueeze(-1)
        highest = logits.argmax(dim=-1, keepdim=True)
        values = logits.gather(-1, chosen), logits.gather(-1, highest)
        output.logits = logits.scatter(-1, highest, values[0]).scatter(-1, chosen, values[1])
        return output


def best_sequence(scores: Tensor, real: Tensor, names: list[str]) -> Tensor:
    """Return the most probable legal sequences [B, T] of log-probabilities [B, T, K] (Viterbi 1967), O where no token is real."""
    is_outside = torch.tensor([name == "O" for name in names], device=scores.device)
    scores = torch.where(real.unsqueeze(-1), scores, torch.where(is_outside, 0.0, _NEVER))
    follows = [[not to.startswith("I-") or name in (to, "B-" + to[2:]) for to in names] for name in names]
    steps = torch.where(torch.tensor(follows, device=scores.device), 0.0, _NEVER)  # [from, to]
    best, back = scores[:, 0], list[Tensor]()
    for now in scores.unbind(1)[1:]:
        top, origin = (best.unsqueeze(-1) + steps).max(dim=1)
        best = top + now
        back.append(origin)
    tags = [best.argmax(dim=-1)]
    for origin in reversed(back):
        tags.append(origin.gather(-1, tags[-1].unsqueeze(-1)).squeeze(-1))
    return torch.stack(tags[::-1], dim=1)
