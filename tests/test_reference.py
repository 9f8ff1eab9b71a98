"""The topology against values computed with the published code under random weights (see the file's own README)."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from pecmae import diffusion
from pecmae.autoencoder import Denoiser, Summariser
from pecmae.config import REPOSITORY, TransformerConfig
from pecmae.encodecmae import FrameEncoder

REFERENCE = REPOSITORY.parent / "shared" / "reference" / "generative_autoencoder_small.safetensors"

RENAMED = {
    "encoder_layers.": "layers.",
    "att_layer.": "attention.",
    "ff_layer": "feed_forward",
    "norm1": "attention_norm",
    "norm2": "feed_forward_norm",
}


def heads_first(rows: Tensor, n_heads: int) -> Tensor:
    """Reorders rows from head index last, as the original has them, to head after head."""
    return rows.unflatten(0, (-1, n_heads)).transpose(0, 1).flatten(0, 1)


def fused_attention(state: dict[str, Tensor], n_heads: int) -> dict[str, Tensor]:
    """Joins the three projections of every attention and reorders their heads."""
    fused = {key: tensor for key, tensor in state.items() if ".attention." not in key}
    for key, query in state.items():
        if key.endswith(".wq.weight"):
            stem = key.removesuffix("wq.weight")
            parts = (query, state[f"{stem}wk.weight"], state[f"{stem}wv.weight"])
            fused[f"{stem}query_key_value.weight"] = torch.cat([heads_first(part, n_heads) for part in parts])
            fused[f"{stem}output.weight"] = heads_first(state[f"{stem}wo.weight"].T, n_heads).T
    return fused


def renamed(weights: dict[str, Tensor], prefixes: dict[str, str], n_heads: int) -> dict[str, Tensor]:
    """The part of the original state dict under `prefixes`, in this project's names and order."""
    found = {}
    for key, tensor in weights.items():
        for old, new in prefixes.items():
            if key.startswith(old):
                name = new + key.removeprefix(old)
                for original, ours in RENAMED.items():
                    name = name.replace(original, ours)
                found[name] = tensor
    return fused_attention(found, n_heads)


@pytest.fixture(scope="module")
def reference() -> tuple[dict[str, int], dict[str, Tensor], dict[str, Tensor]]:
    if not Path(REFERENCE).is_file():
        if os.environ.get("PECMAE_REQUIRE_SHARED") == "1":
            pytest.fail(f"{REFERENCE} is mandatory here")
        pytest.skip("the reference values aren't beside this clone")
    with safe_open(REFERENCE, "pt") as file:
        sizes = json.loads(file.metadata()["config"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    weights = {key[2:]: tensor for key, tensor in tensors.items() if key.startswith("w.")}
    values = {key[3:]: tensor for key, tensor in tensors.items() if key.startswith("io.")}
    return sizes, weights, values


@torch.no_grad()
def test_encoder_summariser_and_sampler_equal_the_published_code(reference) -> None:
    sizes, weights, values = reference
    dim, feature_dim = sizes["model_dim"], sizes["signal_dim"]

    def stack(part: str) -> TransformerConfig:
        return TransformerConfig(sizes[f"{part}_layers"], sizes[f"{part}_heads"], sizes["ff_dim"], True)

    mae = "encoder.encodecmae_model."
    encoder = FrameEncoder(nn.Linear(feature_dim, dim), dim, stack("mae"))
    encoder.load_state_dict(
        renamed(
            weights,
            {
                f"{mae}feat_projector.": "projection.",
                f"{mae}positional_encoder.": "positions.",
                f"{mae}visible_encoder.": "transformer.",
            },
            sizes["mae_heads"],
        )
    )
    frames = encoder(values["wav_features"])
    torch.testing.assert_close(frames, values["visible_embeddings"], rtol=0, atol=1e-4)

    summariser = Summariser(dim, stack("summariser"))
    prefixes = {"encoder.pos_encoder.": "positions.", "encoder.encoder.": "transformer."}
    state = renamed(weights, prefixes, sizes["summariser_heads"]) | {
        "class_token": weights["encoder.cls_tokens.weight"][0]
    }
    summariser.load_state_dict(state)
    z = summariser(frames)
    torch.testing.assert_close(z, values["cls_token"][:, 0], rtol=0, atol=1e-4)

    denoiser = Denoiser(feature_dim, dim, stack("denoiser"))
    names = ("in_adapter", "out_adapter", "time_embedding")
    denoiser.load_state_dict(
        renamed(
            weights,
            {"denoiser.": "transformer."} | {f"{name}.": f"{name}." for name in names},
            sizes["denoiser_heads"],
        )
    )
    for guidance in (0, 4):

        def predict_v(noisy: Tensor, sigma: Tensor, guidance: float = guidance) -> Tensor:
            conditional = denoiser(noisy, sigma, z[:1], summariser.positions)
            unconditional = denoiser(noisy, sigma, torch.zeros_like(z[:1]), summariser.positions)
            return diffusion.guide(conditional, unconditional, guidance)

        sampled = diffusion.sample(predict_v, values["noise"], sizes["steps"])
        torch.testing.assert_close(sampled, values[f"sample_guidance{guidance}_steps5"], rtol=0, atol=1e-4)
