"""The published weights' names and layout, and ours.

The published model (`TransformerAEDiffusion` over EnCodecMAE base) keeps three projections an attention, of which the
heads are the last index; ours are one projection, head after head. Its EnCodec encoder keeps direction and length of a
convolution's weights apart; ours are plain. Everything else has another name only.

What inference doesn't need is dropped by name (`DROPPED`); a name that is neither needed nor dropped is an error, and
so is one that is missing.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from pecmae.errors import BundleError
from pecmae.networks.configuration import AutoencoderConfig

_MAE = "encoder.encodecmae_model."
PREFIXES = {
    "codec.encoder.layers.": f"{_MAE}wav_encoder.model.model.",
    "encoder.projection.": f"{_MAE}feat_projector.",
    "encoder.positions.": f"{_MAE}positional_encoder.",
    "encoder.transformer.": f"{_MAE}visible_encoder.",
    "pooler.class_token": "encoder.cls_tokens.weight",
    "pooler.positions.": "encoder.pos_encoder.",
    "pooler.transformer.": "encoder.encoder.",
    "denoiser.transformer.": "denoiser.",
    "denoiser.in_adapter.": "in_adapter.",
    "denoiser.out_adapter.": "out_adapter.",
    "denoiser.time_embedding.": "time_embedding.",
}
"""Our prefixes, and theirs."""

TRANSFORMER_PARTS = {
    "layers.": "encoder_layers.",
    "attention.": "att_layer.",
    "feed_forward.": "ff_layer.",
    "attention_norm.": "norm1.",
    "feed_forward_norm.": "norm2.",
    "output.weight": "wo.weight",
}
"""Names in a transformer stack, ours and theirs; longer ones win."""

DROPPED = {
    f"{_MAE}target_encoder.": "EnCodec's quantiser, whose codes were the targets of masked training",
    f"{_MAE}decoder.": "the masked autoencoder's decoder, which guesses hidden frames in training",
    f"{_MAE}decoder_projector.": "the projection in front of that decoder",
    f"{_MAE}head.": "the layer that names the hidden frames' codes",
}
"""Prefixes of what inference doesn't need, and what it is."""

DROPPED_OF_ENCODEC = {
    "encoder.": "the published autoencoder brings the encoder that it was trained with",
    "quantizer.": "features are decoded as they are",
}
"""The same for `facebook/encodec_24khz`, of which only the decoder is needed."""

DECODER = "codec.decoder."


def original_names(name: str) -> tuple[str, ...]:
    """The published names of what makes one of our tensors; names of EnCodec's decoder are those of `transformers`."""
    if name.startswith(DECODER):
        return _convolution_names(name.removeprefix("codec."))
    prefix = next(ours for ours in PREFIXES if name.startswith(ours))
    rest = name.removeprefix(prefix)
    if prefix.startswith("codec."):
        return _convolution_names(PREFIXES[prefix] + rest.replace("conv.", "conv.conv."))
    if not prefix.endswith(".transformer."):
        return (PREFIXES[prefix] + rest,)
    for ours in sorted(TRANSFORMER_PARTS, key=len, reverse=True):
        rest = rest.replace(ours, TRANSFORMER_PARTS[ours])
    if rest.endswith("query_key_value.weight"):
        return tuple(PREFIXES[prefix] + rest.replace("query_key_value", part) for part in ("wq", "wk", "wv"))
    return (PREFIXES[prefix] + rest,)


def from_reference_names(
    names: Iterable[str], state: Mapping[str, Tensor], encodec: Mapping[str, Tensor], config: AutoencoderConfig
) -> dict[str, Tensor]:
    """Our state dict of the published ones.

    Args:
        names: What our state dict holds.
        state: The published state dict.
        encodec: That of `facebook/encodec_24khz`.
        config: Sizes.

    Raises:
        BundleError: `wrong_weights`: keys are missing or unknown; the message lists them.
    """
    sources = {name: original_names(name) for name in names}
    of_encodec = {key for name, keys in sources.items() if name.startswith(DECODER) for key in keys}
    of_state = {key for keys in sources.values() for key in keys} - of_encodec
    encodec = {_plain_norm_names(key): tensor for key, tensor in encodec.items()}
    _check_keys("published autoencoder", of_state, state, DROPPED)
    _check_keys("EnCodec", of_encodec, encodec, DROPPED_OF_ENCODEC)
    converted = {}
    for name, keys in sources.items():
        tensors = [(encodec if name.startswith(DECODER) else state)[key].float() for key in keys]
        converted[name] = _converted(name, tensors, config)
    return converted


def _converted(name: str, tensors: list[Tensor], config: AutoencoderConfig) -> Tensor:
    if len(tensors) == 2:
        length, direction = tensors
        return direction * (length / direction.norm(dim=(1, 2), keepdim=True))
    if name == "pooler.class_token":
        return tensors[0].squeeze(0)  # of as many class tokens as it has, which is one
    if ".attention." in name:
        stacks = {"encoder": config.encoder, "pooler": config.pooler, "denoiser": config.denoiser}
        n_heads = stacks[name.split(".")[0]].n_heads
        if len(tensors) == 3:
            return torch.cat([heads_first(tensor, n_heads) for tensor in tensors])
        return heads_first(tensors[0].T, n_heads).T.contiguous()
    return tensors[0]


def heads_first(rows: Tensor, n_heads: int) -> Tensor:
    """Reorders rows from head index last to head after head; shape (D, ...) stays."""
    return rows.unflatten(0, (-1, n_heads)).transpose(0, 1).flatten(0, 1)


def _convolution_names(name: str) -> tuple[str, ...]:
    """A plain weight's length and direction; a bias or a recurrent weight is one tensor in both."""
    return (f"{name}_g", f"{name}_v") if name.endswith("conv.weight") else (name,)


def _plain_norm_names(key: str) -> str:
    """`transformers` saves a normalised weight under one of two names, by the PyTorch that it ran on."""
    return key.replace("parametrizations.weight.original0", "weight_g").replace(
        "parametrizations.weight.original1", "weight_v"
    )


def _check_keys(what: str, needed: set[str], given: Mapping[str, Tensor], dropped: Mapping[str, str]) -> None:
    missing = sorted(needed - given.keys())
    unknown = sorted(key for key in given.keys() - needed if not key.startswith(tuple(dropped)))
    faults = [
        f"{fault}: {', '.join(keys)}" for fault, keys in (("missing keys", missing), ("unknown keys", unknown)) if keys
    ]
    if faults:
        raise BundleError(
            "wrong_weights",
            f"These weights aren't those of the {what} of this size; {'; '.join(faults)}.",
        )
