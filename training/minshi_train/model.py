"""The trained network: code points -> encoder -> log-probabilities of tags, one per character."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from minshi.errors import ConfigError, ModelError
from minshi.labels import OUTSIDE, LabelSchema
from minshi_train.config import Loss
from minshi_train.encoder import CLS, MASK, PAD, TABLE_SIZE, UNK, Encoder, new_body
from minshi_train.folders import WEIGHTS_FILE
from minshi_train.jsonfile import write_json

IGNORED = -100  # gold tag of padding
_IMPOSSIBLE = -1e4  # a log-score that adds nothing, and unlike -inf has a gradient
_TINY = 1e-38


class CharTagger(nn.Module):
    """Map code points [B, T] (0 pads) to tag logits [B, T, K]; a [CLS] is put before each window inside."""

    table: Tensor

    def __init__(
        self,
        body: BertModel,
        table: Tensor,
        schema: LabelSchema,
        *,
        dropout: float = 0.1,
        mask_share: float = 0.0,
        loss: Loss = "sequence",
    ) -> None:
        super().__init__()
        self.schema = schema
        self.mask_share = mask_share
        self.loss = loss
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(body.config.hidden_size, len(schema.tags))
        self.register_buffer("table", table)

    def forward(
        self,
        code_points: Tensor,
        tags: Tensor | None = None,
        answers: Tensor | None = None,
        soft: Tensor | None = None,
        teaching: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return {"logits": [B, T, K]}, and the loss where gold `tags` [B, T] and `answers` [B, K, K] are given.

        With teachers' probabilities `soft` [B, T, K] the loss is partly theirs; `teaching` holds their weight and temperature.
        """
        mask_share = self.mask_share if self.training else 0.0
        logits = self.classifier(self.dropout(encode(self.body, self.table, code_points, mask_share=mask_share)))
        if tags is None or answers is None:
            return {"logits": logits}
        scores, by_sequence = logits.float(), self.loss == "sequence"
        if by_sequence:
            loss = partial_sequence_loss(scores, tags, answers, self.schema)
        else:
            loss = partial_cross_entropy(scores, tags, answers)
        if soft is not None and teaching is not None:
            weight, temperature = teaching
            if by_sequence:
                taught = soft_sequence_loss(scores, tags, soft, temperature, self.schema)
            else:
                taught = soft_cross_entropy(scores, tags, soft, temperature)
            loss = (1 - weight) * loss + weight * taught
        return {"loss": loss, "logits": logits}


def encode(body: BertModel, table: Tensor, code_points: Tensor, *, mask_share: float = 0.0) -> Tensor:
    """Return the hidden states [B, T, H] of code points [B, T], 0 being padding.

    With a `mask_share`, each window has a share of its characters replaced by [MASK], drawn between 0 and twice that.
    """
    rows = table[code_points.long().clamp(max=TABLE_SIZE - 1)].long()
    if mask_share:
        shares = 2 * mask_share * torch.rand(len(rows), 1, device=rows.device)
        is_masked = (torch.rand(rows.shape, device=rows.device) < shares) & (rows != PAD)
        rows = rows.masked_fill(is_masked, MASK)
    rows = nn.functional.pad(rows, (1, 0), value=CLS)
    hidden: Tensor = body(input_ids=rows, attention_mask=(rows != PAD).long()).last_hidden_state
    return hidden[:, 1:]


def partial_cross_entropy(logits: Tensor, tags: Tensor, answers: Tensor) -> Tensor:
    """Return the mean negative log-likelihood of gold `tags` [B, T], IGNORED left out.

    `answers` [B, K, K] says which tags are as good as a gold tag: the likelihood is that of the set (marginal likelihood of
    partial annotation, Tsuboi et al. 2008). Where each gold tag is its only answer, this is the cross-entropy.
    """
    likelihood = logits.log_softmax(dim=-1).masked_fill(~_good(tags, answers), -torch.inf).logsumexp(dim=-1)
    return -likelihood[tags != IGNORED].mean()


def partial_sequence_loss(logits: Tensor, tags: Tensor, answers: Tensor, schema: LabelSchema) -> Tensor:
    """Return the negative log-likelihood of gold sequences among all legal ones, a character's mean; see partial_cross_entropy.

    A linear-chain CRF (Lafferty et al. 2001) whose transitions are the schema's: legal or not, none of them learned. So the
    logits alone say everything, and the runtime's Viterbi over legal sequences finds the most probable one.
    """
    scores = torch.cat([logits.masked_fill(~_good(tags, answers), _IMPOSSIBLE), logits])
    gold, every = log_partition(scores, torch.cat([tags, tags]) != IGNORED, schema).chunk(2)
    return (every - gold).sum() / (tags != IGNORED).sum()


def log_partition(scores: Tensor, is_real: Tensor, schema: LabelSchema) -> Tensor:
    """Return the logarithm of the summed exponentials of all legal tag sequences' scores, [B], of `scores` [B, T, K].

    Only characters that are real, bool [B, T], count; each window begins with one. The gradient by `scores` is the probability of
    each tag at each character given all others (forward-backward).
    """
    with torch.autocast(scores.device.type, enabled=False):  # sums over hundreds of characters need all of float32
        legal = torch.from_numpy(schema.transition_allowed).to(scores)  # 1 where a tag may follow another, else 0
        first, *later = scores.unbind(dim=1)
        paths = first.masked_fill(~torch.from_numpy(schema.start_allowed).to(scores.device), _IMPOSSIBLE)
        for score, is_there in zip(later, is_real.T[1:], strict=True):
            peak = paths.amax(dim=-1, keepdim=True).detach()
            longer = ((paths - peak).exp() @ legal).clamp(min=_TINY).log() + peak + score
            paths = torch.where(is_there[:, None], longer, paths)
        return paths.logsumexp(dim=-1)


def _good(tags: Tensor, answers: Tensor) -> Tensor:
    """Return which tags are as good as the gold ones, bool [B, T, K]."""
    return answers.gather(1, tags.clamp(min=OUTSIDE)[..., None].expand(-1, -1, answers.shape[-1]))


def soft_cross_entropy(logits: Tensor, tags: Tensor, soft: Tensor, temperature: Tensor) -> Tensor:
    """Return the mean cross-entropy of `logits` [B, T, K] at a temperature with probabilities `soft`, padding of `tags` left out.

    The square of the temperature keeps the gradient's size (Hinton et al. 2015).
    """
    log_probs = (logits / temperature).log_softmax(dim=-1)
    return -(soft * log_probs).sum(dim=-1)[tags != IGNORED].mean() * temperature**2


def soft_sequence_loss(logits: Tensor, tags: Tensor, soft: Tensor, temperature: Tensor, schema: LabelSchema) -> Tensor:
    """Return the cross-entropy of whole tag sequences with a teacher's, a character's mean; `soft` are its `marginals` [B, T, K].

    Transitions have no scores, so the expected score of the teacher's sequences is a sum over single characters: exact
    structure-level distillation (Wang et al. 2020) without drawing a sequence.
    """
    is_real = tags != IGNORED
    scores = logits / temperature
    expected = (soft * scores).sum(dim=-1)[is_real].sum()
    return (log_partition(scores, is_real, schema).sum() - expected) / is_real.sum() * temperature**2


@torch.enable_grad()
def marginals(logits: Tensor, is_real: Tensor, schema: LabelSchema) -> Tensor:
    """Return the probability of each tag of `logits` among all legal sequences, [B, T, K], 0 where a character is not real."""
    scores = logits.detach().clone().requires_grad_()
    (probabilities,) = torch.autograd.grad(log_partition(scores, is_real, schema).sum(), scores)
    return probabilities


class TorchScorer:
    """The checkpoint as minshi's Scorer, so that training measures with the runtime's own Tagger."""

    def __init__(self, model: CharTagger) -> None:
        self._model = model.eval()

    @torch.inference_mode()
    def __call__(self, code_points: NDArray[np.int32]) -> NDArray[np.float32]:
        device = self._model.table.device
        logits = self._model(torch.from_numpy(code_points).to(device))["logits"].float()
        log_probs: NDArray[np.float32] = torch.log_softmax(logits, dim=-1).cpu().numpy()
        return log_probs


def new_model(
    encoder: Encoder, schema: LabelSchema, *, dropout: float, mask_share: float = 0.0, loss: Loss = "sequence"
) -> CharTagger:
    """Put an untrained classifier on the encoder."""
    return CharTagger(encoder.body, table_of(encoder), schema, dropout=dropout, mask_share=mask_share, loss=loss)


def table_of(encoder: Encoder) -> Tensor:
    """Return the encoder's code-point table as `encode` takes it, int32 [TABLE_SIZE]."""
    table = encoder.table.astype(np.int32)  # several processes cannot exchange 16-bit buffers on CPUs
    table[TABLE_SIZE - 1] = UNK  # code points beyond the table are clamped to its last row
    return torch.from_numpy(table)


def save_model(model: CharTagger, folder: Path) -> None:
    """Write weights, the encoder's configuration and the tags to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / WEIGHTS_FILE)
    config = {"encoder": model.body.config.to_dict(), "tags": model.schema.tags}
    write_json(folder / "config.json", config)


def load_model(folder: Path) -> CharTagger:
    """Load what `save_model` wrote, in evaluation mode; raises ModelError if it is not there or not whole."""
    form, schema = checkpoint_form(folder)
    try:
        weights = load_file(folder / WEIGHTS_FILE)
        model = CharTagger(new_body(form), weights["table"], schema)
        model.load_state_dict(weights)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as err:
        raise ModelError(f"{folder}: not a trained checkpoint ({str(err).splitlines()[0]})") from err
    return model.eval()


def checkpoint_form(folder: Path) -> tuple[BertConfig, LabelSchema]:
    """Return the sizes and labels of what `save_model` wrote, without its weights; raises ModelError as `load_model` does."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return BertConfig.from_dict(config["encoder"]), LabelSchema.from_tags(config["tags"])
    except (AttributeError, ConfigError, KeyError, OSError, TypeError, ValueError) as err:
        raise ModelError(f"{folder}: not a trained checkpoint ({str(err).splitlines()[0]})") from err
