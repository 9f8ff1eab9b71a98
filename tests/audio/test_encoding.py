"""Writing sound to files and to their contents."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from sounds import tone

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.encoding import encode_audio, write_audio
from pecmae.audio.reading import read_clip


@pytest.mark.parametrize(("suffix", "tolerance"), [("wav", 1e-4), ("flac", 1e-4), ("ogg", 0.05)])
def test_written_sound_reads_back(tmp_path: Path, suffix: str, tolerance: float) -> None:
    samples = tone(70.0, SAMPLE_RATE)[:, 0]
    samples[SAMPLE_RATE] = 0.3
    write_audio(tmp_path / f"a.{suffix}", samples)
    clip = read_clip(tmp_path / f"a.{suffix}")
    assert len(clip.waveform) == len(samples)
    assert np.sqrt(np.mean((clip.waveform - samples) ** 2)) < tolerance


def test_written_sound_is_clipped_not_wrapped(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", 6 * tone(1.0, SAMPLE_RATE)[:, 0])
    samples = soundfile.read(tmp_path / "a.wav")[0]
    assert samples.max() == pytest.approx(1.0, abs=1e-3) and np.sum(np.abs(np.diff(samples)) > 1.5) == 0


def test_encoded_sound_is_that_of_the_file(tmp_path: Path) -> None:
    samples = tone(1.0, SAMPLE_RATE)[:, 0]
    for suffix in (".flac", ".wav", ".ogg"):
        write_audio(tmp_path / f"a{suffix}", samples)
        (tmp_path / f"b{suffix}").write_bytes(encode_audio(samples, suffix=suffix))
        np.testing.assert_array_equal(*(soundfile.read(tmp_path / f"{name}{suffix}")[0] for name in "ab"))
