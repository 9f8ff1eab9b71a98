"""Convert the published state dict to ours.

The published model (`TransformerAEDiffusion` with EnCodecMAE base) has three projections per attention, with the head
as the last index; ours has one projection, sorted by head. Its EnCodec encoder stores direction and length of a
convolution's weights separately; ours are plain. All other tensors only have other names.

Tensors that inference doesn't need are dropped by name (`DROPPED`). A key that is neither needed nor dropped is an
error, and so is a missing one.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from pecmae.errors import BundleError
from pecmae.networks.configuration import EncodecmaeConfig

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
"""Our prefixes, and the published ones."""

TRANSFORMER_PARTS = {
    "layers.": "encoder_layers.",
    "attention.": "att_layer.",
    "feed_forward.": "ff_layer.",
    "attention_norm.": "norm1.",
    "feed_forward_norm.": "norm2.",
    "output.weight": "wo.weight",
}
"""Names in a transformer, ours and the published ones; longer ones are replaced first."""

DROPPED = {
    f"{_MAE}target_encoder.": "EnCodec's quantiser, whose codes were the targets of masked training",
    f"{_MAE}decoder.": "the masked autoencoder's decoder, which predicts masked frames in training",
    f"{_MAE}decoder_projector.": "the projection in front of that decoder",
    f"{_MAE}head.": "the layer that predicts the codes of masked frames",
}
"""Prefixes of keys that inference doesn't need, and what they belong to."""

DROPPED_OF_ENCODEC = {
    "encoder.": "the published autoencoder includes the encoder that it was trained with",
    "quantizer.": "latent frames are decoded without quantisation",
}
"""The same for `facebook/encodec_24khz`, where only the decoder is needed."""

DECODER = "codec.decoder."


def original_names(name: str) -> tuple[str, ...]:
    """The published keys that make up one of our tensors; for EnCodec's decoder, the keys of `transformers`."""
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


def from_published_names(
    names: Iterable[str], state: Mapping[str, Tensor], encodec: Mapping[str, Tensor], config: EncodecmaeConfig
) -> dict[str, Tensor]:
    """Convert the published state dicts to ours.

    Args:
        names: The keys of our state dict.
        state: The published state dict.
        encodec: That of `facebook/encodec_24khz`.
        config: Sizes.

    Raises:
        BundleError: `wrong_weights`: a key is missing or unknown; the message lists them.
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


def _converted(name: str, tensors: list[Tensor], config: EncodecmaeConfig) -> Tensor:
    if len(tensors) == 2:
        length, direction = tensors
        return direction * (length / direction.norm(dim=(1, 2), keepdim=True))
    if name == "pooler.class_token":
        return tensors[0].squeeze(0)  # (1, D): it has one class token
    if ".attention." in name:
        stacks = {"encoder": config.encoder, "pooler": config.pooler, "denoiser": config.denoiser}
        n_heads = stacks[name.split(".")[0]].n_heads
        if len(tensors) == 3:
            return torch.cat([heads_first(tensor, n_heads) for tensor in tensors])
        return heads_first(tensors[0].T, n_heads).T.contiguous()
    return tensors[0]


def heads_first(rows: Tensor, n_heads: int) -> Tensor:
    """Reorder rows from head index last to head index first; the shape (D, ...) stays."""
    return rows.unflatten(0, (-1, n_heads)).transpose(0, 1).flatten(0, 1)


def _convolution_names(name: str) -> tuple[str, ...]:
    """The keys of length and direction of a plain weight; a bias or a recurrent weight is a single tensor."""
    return (f"{name}_g", f"{name}_v") if name.endswith("conv.weight") else (name,)


def _plain_norm_names(key: str) -> str:
    """One of the two names under which `transformers` saves a normalised weight, depending on PyTorch's version."""
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
            f"These weights don't fit the {what} of this size; {'; '.join(faults)}.",
        )
