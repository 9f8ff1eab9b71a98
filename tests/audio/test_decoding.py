"""Decoding files of every kind: what is cut short, what isn't audio, what only ffmpeg can read."""

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sounds import cut, refusal, tone, write_tone

from pecmae.audio.clips import ClipLimits, read_clip
from pecmae.audio.containers import count_mpeg_samples, identify, missing_bytes, mpeg_frame
from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on this machine")


@pytest.mark.parametrize(
    "content",
    [
        b"These are words, not sound.\n" * 100,
        "Wörter in UTF-16".encode("utf-16") * 50,
        b"#EXTM3U\nfile:///etc/passwd\n",
        b"\xff" * 5000,
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(2000),
        b"RIFF\x00\x00\x00\x00WAVE",
        b"ID3\x03\x00\x00\x00\x00\x00\x0a" + b"nothing here" * 20,
        b"fLaC" + bytes(100),
        b"\x00",
        np.random.default_rng(0).bytes(20_000),
    ],
)
def test_what_is_not_audio(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    expected = "not_audio", "'a.wav' isn't audio that can be read here; give a wav, flac, ogg, mp3 or aiff file."
    monkeypatch.setenv("PATH", "")
    assert refusal(tmp_path / "a.wav") == expected
    monkeypatch.undo()
    assert refusal(tmp_path / "a.wav")[0] == "not_audio"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_truncated(tmp_path: Path, suffix: str, share: float) -> None:
    code, message = refusal(cut(write_tone(tmp_path / f"a.{suffix}", 8.0), share))
    assert code == "truncated"
    assert message.startswith(f"'a.{suffix}' ") and message.endswith("download it again.")


def test_truncated_wav_says_how_much_is_missing(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.wav", 8.0)
    whole = path.stat().st_size
    missing = whole - cut(path, 0.5).stat().st_size
    assert refusal(path) == (
        "truncated",
        f"'a.wav' is cut short: at least {missing:,} bytes are missing at its end; export or download it again.",
    )


def test_damaged_middle_is_told_with_its_time(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.flac", 8.0)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    path.write_bytes(data)
    code, message = refusal(path)
    assert code == "truncated" and "of the 8.0 s that its header promises can be decoded" in message


def test_sloppy_and_streamed_wav_headers_are_no_truncation(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.wav", 4.0, SAMPLE_RATE)
    data = path.read_bytes()
    start = data.index(b"data") + 4
    for size in (len(data), 0xFFFFFFFF, 0x7FFFFFFF):  # the whole file's size, unknown, unknown
        path.write_bytes(data[:start] + struct.pack("<I", size) + data[start + 4 :])
        assert len(read_clip(path).waveform) == SEGMENT_SAMPLES


def test_flac_of_unknown_length(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.flac", 8.0)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the 36 bits of STREAMINFO that count samples; zero means unknown
    data[22:26] = bytes(4)
    path.write_bytes(data)
    clip = read_clip(path)
    assert clip.duration_s == pytest.approx(8.0, abs=0.03)
    assert refusal(path, limits=ClipLimits(max_s=5.0))[0] == "too_long"


def test_mp3_without_its_length_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libsndfile guesses the length from the first frame's bit rate and silently drops the rest."""
    quiet, loud = tmp_path / "quiet.mp3", tmp_path / "loud.mp3"
    soundfile.write(quiet, np.zeros(44_100 * 3), 44_100, bitrate_mode="CONSTANT", compression_level=0.0)
    soundfile.write(loud, tone(9.0), 44_100, bitrate_mode="CONSTANT", compression_level=0.95)
    path = tmp_path / "a.mp3"
    path.write_bytes(b"".join(_frames(quiet) + _frames(loud)))
    assert soundfile.info(path).duration < count_mpeg_samples(path).n_samples / 44_100 - 1
    monkeypatch.setenv("PATH", "")
    assert refusal(path) == (
        "needs_ffmpeg",
        "'a.mp3' is an MP3 without the header that gives its length, which only the program ffmpeg can read; install "
        "ffmpeg on the machine that runs the explorer, or convert the file to wav, flac, ogg, mp3 or aiff.",
    )
    monkeypatch.undo()
    if shutil.which("ffmpeg"):
        assert read_clip(path).duration_s == pytest.approx(12.0, abs=0.2)


def _frames(path: Path) -> list[bytes]:
    """The MPEG frames of an MP3 but the first, which holds the Xing or Info header."""
    data, position, frames = path.read_bytes(), 0, []
    while frame := mpeg_frame(data, position):
        frames.append(data[position : position + frame[0]])
        position += frame[0]
    return frames[1:]


def test_mp3_of_constant_bit_rate_without_its_header(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "b.mp3", tone(6.0), 44_100, bitrate_mode="CONSTANT", compression_level=0.5)
    frames = _frames(tmp_path / "b.mp3")
    path = tmp_path / "a.mp3"
    path.write_bytes(b"".join(frames) + b"TAG" + bytes(125))
    assert count_mpeg_samples(path).n_samples == 1152 * len(frames)
    assert read_clip(path).duration_s == pytest.approx(6.0, abs=0.1)
    path.write_bytes(b"".join(frames)[:-100])
    assert count_mpeg_samples(path).n_samples == 1152 * (len(frames) - 1)
    assert read_clip(path).duration_s == pytest.approx(6.0, abs=0.1)


M4A = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"M4A ", 512, b"M4A ", b"isom") + struct.pack(">I4s", 8, b"mdat")


def test_m4a_without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.m4a").write_bytes(M4A)
    monkeypatch.setenv("PATH", "")
    assert refusal(tmp_path / "a.m4a") == (
        "needs_ffmpeg",
        "'a.m4a' is MPEG-4 or QuickTime (m4a, mp4, mov), which only the program ffmpeg can read; install ffmpeg on the "
        "machine that runs the explorer, or convert the file to wav, flac, ogg, mp3 or aiff.",
    )


def test_truncated_m4a_is_told_without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.m4a").write_bytes(M4A[:-8] + struct.pack(">I4s", 50_000, b"mdat") + bytes(900))
    monkeypatch.setenv("PATH", "")
    assert refusal(tmp_path / "a.m4a")[0] == "truncated"


@needs_ffmpeg
def test_m4a_without_sound(tmp_path: Path) -> None:
    (tmp_path / "a.m4a").write_bytes(M4A)
    assert refusal(tmp_path / "a.m4a") == (
        "not_audio",
        "ffmpeg finds no sound in 'a.m4a' (MPEG-4 or QuickTime (m4a, mp4, mov)); "
        "give a wav, flac, ogg, mp3 or aiff file.",
    )


@needs_ffmpeg
@pytest.mark.parametrize("suffix", ["m4a", "mp4", "wma", "webm", "mka", "avi", "aac", "oga", "ts", "wv"])
def test_other_formats_through_ffmpeg(tmp_path: Path, suffix: str) -> None:
    source, path = write_tone(tmp_path / "source.wav", 5.0, 48_000, channels=2), tmp_path / f"-a b.{suffix}"
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, f"file:{path}"], check=True, timeout=30)
    clip = read_clip(path)
    assert (clip.sample_rate, clip.channels) == (48_000, 2) and clip.duration_s == pytest.approx(5.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(clip.waveform))
    assert np.argmax(spectrum) * SAMPLE_RATE / len(clip.waveform) in (
        pytest.approx(220, abs=1),
        pytest.approx(242, abs=1),
    )
    assert refusal(path, limits=ClipLimits(max_s=2.0)) == (
        "too_long",
        f"'-a b.{suffix}' is longer than 2 s; up to 2 s is accepted, so trim it or ask for its first 2 s only.",
    )
    first = read_clip(path, limits=ClipLimits(max_s=2.0), first_part=True)
    assert first.read_s == 2.0 and first.notes[0] == "The file is longer; only its first 2 s was analysed."


def test_containers_are_known_by_their_bytes_and_whole_files_miss_nothing(tmp_path: Path) -> None:
    for suffix in ("wav", "flac", "ogg", "mp3", "aiff"):
        path = write_tone(tmp_path / f"a.{suffix}", 1.0)
        container = identify(path)
        assert container is not None and container.demuxer == suffix
        assert missing_bytes(path) == 0
