"""Make a trained network smaller: some of its layers, and those heads and feed-forward channels of each that matter most.

What a channel matters is how much the loss would change without it, to first order: |activation x gradient|, summed over the
characters of training windows (Molchanov et al. 2017). What a head matters is the sum over its channels. The rest is to be
trained again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import torch
from torch import Tensor, nn
from transformers import BertConfig

from minshi.errors import ConfigError
from minshi_train.encoder import new_body
from minshi_train.model import CharTagger


def check_layers(config: BertConfig, kept: list[int] | None, *, wanted: int) -> None:
    """Raise ConfigError unless a model has the layers `kept`, all by default, and they are as many as are `wanted`."""
    present = config.num_hidden_layers
    if kept is None and present != wanted:
        which = f", or name {wanted} of them in start_layers" if wanted < present else ""
        raise ConfigError(f"encoder.layers: {wanted}, but the model to start from has {present}: set {present}{which}")
    if kept is not None and any(not 0 <= index < present for index in kept):
        raise ConfigError(f"start_layers: the model has layers 0 to {present - 1}, not all of {kept}")
    if kept is not None and len(kept) != wanted:
        raise ConfigError(f"start_layers: {kept} are {len(kept)} layers, but encoder.layers is {wanted}")


def keep_layers(model: CharTagger, kept: list[int] | None) -> None:
    """Leave out all layers of a model but those `kept`, all by default; `check_layers` knows whether it has them."""
    if kept is None:
        return
    layers = model.body.encoder.layer
    model.body.encoder.layer = nn.ModuleList(layers[index] for index in kept)
    model.body.config.num_hidden_layers = len(kept)


def check_widths(config: BertConfig, *, heads: int | None, feed_forward: int | None) -> None:
    """Raise ConfigError unless a model has as many heads and feed-forward channels as are to be kept of it."""
    wanted = (("heads", heads, config.num_attention_heads), ("feed_forward", feed_forward, config.intermediate_size))
    for name, kept, present in wanted:
        if kept is not None and kept > present:
            raise ConfigError(f"encoder.{name}: the model to start from has {present}, cannot keep {kept}")


def narrow(model: CharTagger, batches: Iterable[dict[str, Tensor]], *, heads: int | None, feed_forward: int | None) -> None:
    """Keep `heads` heads and `feed_forward` channels in each layer of the model, all by default, judged by collated `batches`.

    Raises:
        ConfigError: the model has fewer.
    """
    config = model.body.config
    check_widths(config, heads=heads, feed_forward=feed_forward)
    if heads in (None, config.num_attention_heads) and feed_forward in (None, config.intermediate_size):
        return
    head_size = model.body.encoder.layer[0].attention.self.attention_head_size
    of_inputs, of_channels = _importance(model, batches)
    state, layers = model.body.state_dict(), range(config.num_hidden_layers)
    for index in layers:
        source = f"encoder.layer.{index}."
        if heads is not None:
            of_heads = of_inputs[index].view(-1, head_size).sum(dim=1)
            inputs = (_largest(of_heads, heads)[:, None] * head_size + torch.arange(head_size)).flatten()
            makers = [f"{source}attention.self.{part}" for part in ("query", "key", "value")]
            _keep(state, makers, f"{source}attention.output.dense", inputs)
        if feed_forward is not None:
            channels = _largest(of_channels[index], feed_forward)
            _keep(state, [f"{source}intermediate.dense"], f"{source}output.dense", channels)
    narrower = BertConfig.from_dict(config.to_dict())
    narrower.head_size, narrower.num_attention_heads = head_size, heads or config.num_attention_heads
    narrower.intermediate_size = feed_forward or config.intermediate_size
    model.body = new_body(narrower)
    model.body.load_state_dict(state)


def _importance(model: CharTagger, batches: Iterable[dict[str, Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
    """Return for each layer what the inputs of its attention's output, [heads * head size], and its channels, [F], matter."""
    watched = [
        [layer.attention.output.dense for layer in model.body.encoder.layer],
        [layer.output.dense for layer in model.body.encoder.layer],
    ]
    sums = [[torch.zeros(dense.in_features) for dense in part] for part in watched]

    def watch(total: Tensor, _: nn.Module, inputs: tuple[Tensor]) -> None:
        values = inputs[0].detach()

        def add(gradient: Tensor) -> None:
            total.add_((values * gradient).abs().sum(dim=(0, 1)).cpu())

        inputs[0].register_hook(add)

    hooks = [
        dense.register_forward_pre_hook(partial(watch, total))
        for part, totals in zip(watched, sums, strict=True)
        for dense, total in zip(part, totals, strict=True)
    ]
    model.eval()
    for batch in batches:
        model(**batch)["loss"].backward()
    model.zero_grad()
    for hook in hooks:
        hook.remove()
    of_inputs, of_channels = sums
    return of_inputs, of_channels


def _largest(values: Tensor, count: int) -> Tensor:
    return values.topk(count).indices.sort().values


def _keep(state: dict[str, Tensor], makers: list[str], user: str, kept: Tensor) -> None:
    """Keep those rows of the dense layers that make channels, and those columns of the one that uses them."""
    for maker in makers:
        for part in ("weight", "bias"):
            state[f"{maker}.{part}"] = state[f"{maker}.{part}"][kept]
    state[f"{user}.weight"] = state[f"{user}.weight"][:, kept]
