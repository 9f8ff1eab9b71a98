"""Sound whose blocks change places: the same texture at the scale of a block, without the order of events.

Neighbouring blocks are cross-faded, each reaching a little beyond its own edges, so that no click betrays a joint.
"""

import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE

CROSS_FADE_MS = 6.0


def shuffle_blocks(waveform: np.ndarray, block_ms: float, rng: np.random.Generator) -> np.ndarray:
    """Put the blocks of a sound in a random order that isn't the original one.

    Args:
        waveform: The sound; its length is a multiple of the block's, at least two blocks.
        block_ms: Length of a block.
        rng: Draws the order.

    Returns:
        The sound with its blocks exchanged.

    Raises:
        ValueError: The sound can't be cut into such blocks.

    Shape: (n_samples,) -> (n_samples,), float32.
    """
    block = round(block_ms * SAMPLE_RATE / 1000)
    n_blocks, rest = divmod(len(waveform), block)
    if rest or n_blocks < 2:
        raise ValueError(f"{len(waveform)} samples can't be cut into blocks of {block}; give a multiple of it")
    order = rng.permutation(n_blocks)
    while np.array_equal(order, np.arange(n_blocks)):
        order = rng.permutation(n_blocks)
    return join_blocks(waveform, block, order)


def join_blocks(waveform: np.ndarray, block_samples: int, order: np.ndarray) -> np.ndarray:
    """Join the blocks of a sound in the given order, cross-faded; in their own order they give the sound again.

    Shape: `waveform` (len(order) * block_samples,), `order` (n_blocks,); result as `waveform`.
    """
    reach = min(round(CROSS_FADE_MS * SAMPLE_RATE / 2000), block_samples // 2)  # on either side of a joint
    padded = np.pad(waveform.astype(np.float64), reach, mode="reflect")  # silence there would be an edge
    ramp = (np.arange(2 * reach) + 0.5) / (2 * reach)
    window = np.concatenate([ramp, np.ones(block_samples - 2 * reach), ramp[::-1]])
    joined, weight = np.zeros(len(padded)), np.zeros(len(padded))
    for place, source in enumerate(order):
        start, taken = place * block_samples, source * block_samples
        joined[start : start + len(window)] += window * padded[taken : taken + len(window)]
        weight[start : start + len(window)] += window
    inside = slice(reach, reach + len(waveform))
    return (joined[inside] / weight[inside]).astype(np.float32)
