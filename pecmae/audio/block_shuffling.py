"""Shuffle the blocks of a waveform: the texture within a block stays, the order of events doesn't.

Neighbouring blocks are cross-faded. Each block reaches slightly beyond its own edges, so that no joint clicks.
"""

import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE

CROSS_FADE_MS = 6.0


def shuffle_blocks(waveform: np.ndarray, block_ms: float, rng: np.random.Generator) -> np.ndarray:
    """Put the blocks of a waveform in a random order that differs from the original order.

    Args:
        waveform: Its length must be a multiple of the block length, and at least two blocks.
        block_ms: Length of a block.
        rng: Draws the order.

    Returns:
        The shuffled waveform, float32.

    Raises:
        ValueError: The waveform can't be cut into such blocks.

    Shape:
        `(n_samples,)` in and out.
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
    """Join the blocks of a waveform in a given order, with cross-fades.

    The original order gives the original waveform.

    Args:
        waveform: `len(order)` blocks.
        block_samples: Length of a block.
        order: For each place, the number of the block to put there.

    Returns:
        The joined waveform, float32.

    Shape:
        `waveform` and result `(len(order) * block_samples,)`, `order` `(n_blocks,)`.
    """
    reach = min(round(CROSS_FADE_MS * SAMPLE_RATE / 2000), block_samples // 2)  # on either side of a joint
    padded = np.pad(waveform.astype(np.float64), reach, mode="reflect")  # zeros would make an edge
    ramp = (np.arange(2 * reach) + 0.5) / (2 * reach)
    window = np.concatenate([ramp, np.ones(block_samples - 2 * reach), ramp[::-1]])
    joined, weight = np.zeros(len(padded)), np.zeros(len(padded))
    for place, source in enumerate(order):
        start, taken = place * block_samples, source * block_samples
        joined[start : start + len(window)] += window * padded[taken : taken + len(window)]
        weight[start : start + len(window)] += window
    inside = slice(reach, reach + len(waveform))
    return (joined[inside] / weight[inside]).astype(np.float32)
