"""Reading clips: limits, resampling, errors with their sentences."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from sounds import error_of, tone, write_tone

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.reading import Clip, ClipLimits, display_name, format_duration, read_clip


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
@pytest.mark.parametrize("named", [True, False])
def test_every_format_reads_to_the_same_sound(tmp_path: Path, suffix: str, named: bool) -> None:
    path = write_tone(tmp_path / f"clip.{suffix}", 5.0, channels=2)
    if not named:  # an upload's temporary file has no suffix
        path = path.rename(tmp_path / "upload")
    clip = read_clip(path)
    expected = soxr.resample(tone(5.0, channels=2).mean(axis=1), 44_100, SAMPLE_RATE)
    assert (clip.sample_rate, clip.channels, clip.notes) == (44_100, 2, ())
    assert clip.duration_s == pytest.approx(5.0, abs=0.05) and clip.read_s == clip.duration_s
    assert clip.waveform.dtype == np.float32 and clip.waveform.ndim == 1
    inner = slice(SAMPLE_RATE, 4 * SAMPLE_RATE)
    assert np.abs(clip.waveform[inner] - expected[inner]).max() < 0.02


@pytest.mark.parametrize("sample_rate", [1_000, 8_000, 12_345, 24_000, 44_100, 96_000, 768_000])
def test_resampling_keeps_length_and_pitch(tmp_path: Path, sample_rate: int) -> None:
    clip = read_clip(write_tone(tmp_path / "clip.wav", 4.0, sample_rate))
    assert len(clip.waveform) == SEGMENT_SAMPLES and clip.notes == () and clip.sample_rate == sample_rate
    spectrum = np.abs(np.fft.rfft(clip.waveform))
    assert np.argmax(spectrum) / 4.0 == pytest.approx(220, abs=0.5)


def test_reading_in_blocks_equals_resampling_at_once(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 44_100 * 14).astype(np.float32)
    soundfile.write(tmp_path / "noise.wav", noise, 44_100, subtype="FLOAT")
    np.testing.assert_array_equal(read_clip(tmp_path / "noise.wav").waveform, soxr.resample(noise, 44_100, SAMPLE_RATE))


def test_sound_at_the_models_rate_is_untouched(tmp_path: Path) -> None:
    samples = tone(4.0, SAMPLE_RATE)[:, 0]
    soundfile.write(tmp_path / "clip.wav", samples, SAMPLE_RATE, subtype="FLOAT")
    np.testing.assert_array_equal(read_clip(tmp_path / "clip.wav").waveform, samples)


def test_many_channels_are_averaged(tmp_path: Path) -> None:
    clip = read_clip(write_tone(tmp_path / "clip.wav", 4.0, SAMPLE_RATE, channels=16, subtype="FLOAT"))
    assert clip.channels == 16
    np.testing.assert_allclose(clip.waveform, tone(4.0, SAMPLE_RATE, 16).mean(axis=1), atol=1e-6)


def test_short_clip_is_read_as_it_is(tmp_path: Path) -> None:
    clip = read_clip(write_tone(tmp_path / "clip.wav", 2.3))
    assert clip.notes == ()
    assert clip.read_s == clip.duration_s == pytest.approx(2.3)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    assert error_of(tmp_path / "a.wav") == (
        "empty_file",
        "'a.wav' is empty (0 bytes); choose the file again or export it again.",
    )


def test_file_without_samples(tmp_path: Path) -> None:
    assert error_of(write_tone(tmp_path / "a.wav", 0)) == (
        "empty_file",
        "'a.wav' contains no samples (0 s); choose another file or export it again.",
    )


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert error_of(tmp_path / "a.wav") == ("not_audio", "There is no file 'a.wav'; check its name.")


def test_samples_that_are_not_numbers(tmp_path: Path) -> None:
    for bad in (np.nan, np.inf):
        samples = tone(2.0)
        samples[50_000] = bad
        soundfile.write(tmp_path / "a.wav", samples, 44_100, subtype="FLOAT")
        assert error_of(tmp_path / "a.wav") == (
            "not_audio",
            "'a.wav' contains samples that aren't numbers (NaN or infinite); export it again.",
        )


def test_samples_far_over_full_scale(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", 32_767 * tone(2.0) / 0.3, 44_100, subtype="FLOAT")
    code, message = error_of(tmp_path / "a.wav")
    assert code == "not_audio" and "where full scale is 1; normalise it" in message


def test_impossible_sample_rates(tmp_path: Path) -> None:
    for sample_rate in (1, 2_000_000):
        soundfile.write(tmp_path / "a.wav", tone(1.0, 1_000), sample_rate)
        assert error_of(tmp_path / "a.wav") == (
            "not_audio",
            f"'a.wav' has a sample rate of {sample_rate:,} Hz; rates from 1,000 to 768,000 Hz can be read, "
            "so convert it to 44,100 Hz.",
        )


def test_silent(tmp_path: Path) -> None:
    sentence = "but a peak of at least -60 dBFS is needed; check the recording level or choose another file."
    for factor, constant, level in [
        (0, 0, "is constant"),
        (0, 0.5, "is constant"),
        (3e-4, 0, "peaks at -81 dBFS"),
    ]:
        soundfile.write(tmp_path / "a.wav", factor * tone(5.0, SAMPLE_RATE) + constant, SAMPLE_RATE, subtype="FLOAT")
        assert error_of(tmp_path / "a.wav") == ("silent", f"'a.wav' is silent: its mono mix {level}, {sentence}")


def test_channels_that_cancel_are_silent(tmp_path: Path) -> None:
    left = tone(5.0)
    soundfile.write(tmp_path / "a.wav", np.hstack([left, -left]), 44_100)
    assert error_of(tmp_path / "a.wav")[0] == "silent"


def test_too_short(tmp_path: Path) -> None:
    assert error_of(write_tone(tmp_path / "a.wav", 0.4)) == (
        "too_short",
        "'a.wav' is 0.4 s long; at least 0.5 s is needed, so give a longer clip.",
    )
    assert read_clip(write_tone(tmp_path / "b.wav", 0.5)).duration_s == 0.5


def test_too_long(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.flac", 605.0, 8_000)
    assert error_of(path) == (
        "too_long",
        "'a.flac' is 10 min 5 s long; up to 10 min is accepted, so trim it or ask for its first 10 min only.",
    )


def test_first_part_of_a_longer_clip(tmp_path: Path) -> None:
    clip = read_clip(write_tone(tmp_path / "a.wav", 13.0), limits=ClipLimits(max_s=8.0), first_part=True)
    assert clip.notes == ("The file is 13 s long; only its first 8 s was analysed.",)
    assert (clip.duration_s, clip.read_s, len(clip.waveform)) == (13.0, 8.0, 8 * SAMPLE_RATE)


def test_first_part_of_a_clip_within_the_limit_changes_nothing(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.wav", 8.0)
    limits = ClipLimits(max_s=8.0)
    asked, plain = read_clip(path, limits=limits, first_part=True), read_clip(path, limits=limits)
    assert asked.notes == plain.notes == ()
    np.testing.assert_array_equal(asked.waveform, plain.waveform)


def test_too_large(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.wav", 20.0)
    assert error_of(path, limits=ClipLimits(max_bytes=2**20)) == (
        "too_large",
        "'a.wav' has 1.7 MB; up to 1 MB are accepted, so trim it or compress it as ogg, mp3 or flac.",
    )


@pytest.mark.slow
def test_ten_hours_in_a_small_file_fill_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.flac"
    with soundfile.SoundFile(path, "w", 8_000, 1, subtype="PCM_16") as file:
        for _ in range(36_000 // 60):
            file.write(np.zeros(8_000 * 60, dtype=np.int16))
    assert path.stat().st_size < 2 * 2**20
    assert error_of(path)[1].startswith("'bomb.flac' is 600 min long; ")
    tracemalloc.start()
    assert error_of(path, limits=ClipLimits(max_s=60.0), first_part=True)[0] == "silent"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * 2**20


def test_names_shown_to_people_have_no_folders() -> None:
    assert display_name("/home/ada/secret/take 1.wav") == "take 1.wav"
    assert display_name("C:\\Users\\ada\\take.wav") == "take.wav"
    assert display_name("../../etc/passwd") == "passwd"
    assert display_name("a\x00b\n\u202ec.wav") == "abc.wav"
    assert display_name("") == display_name("///") == "clip"
    assert len(display_name("x" * 500)) == 80


def test_clip_carries_the_given_name(tmp_path: Path) -> None:
    clip: Clip = read_clip(write_tone(tmp_path / "upload", 1.0, format="WAV"), name="/tmp/mine.wav")
    assert clip.name == "mine.wav"


def test_durations_for_people() -> None:
    assert [format_duration(s) for s in (0.5, 2.345, 59.9, 600.0, 725.2)] == [
        "0.5 s",
        "2.35 s",
        "59.9 s",
        "10 min",
        "12 min 5 s",
    ]
