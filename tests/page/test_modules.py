"""Single JavaScript modules of the page, called from Python."""

import numpy as np
import pytest
from playwright.sync_api import Page


@pytest.mark.slow
def test_spectrogram_shows_where_a_tone_lies(modules: Page) -> None:
    """A pure tone's loudest band is the one that holds its frequency, by the formula of the mel scale."""
    frequency, n_bands, low, high = 1000.0, 64, 30.0, 11_000.0
    loudest = modules.evaluate(
        """async ([frequency, nBands, lowHz, highHz]) => {
            const {melSpectrogram} = await import("/page/static/fft.js");
            const tone = (_, i) => Math.sin((2 * Math.PI * frequency * i) / 24000);
            const samples = Float32Array.from({length: 24000}, tone);
            const decibels = await melSpectrogram(samples, 24000, {nColumns: 3, nBands, size: 2048, lowHz, highHz});
            const column = [...decibels.slice(nBands, 2 * nBands)];
            return column.indexOf(Math.max(...column));
        }""",
        [frequency, n_bands, low, high],
    )
    mel = 2595 * np.log10(1 + np.array([frequency, low, high]) / 700)
    assert loudest == int((mel[0] - mel[1]) / (mel[2] - mel[1]) * n_bands)
