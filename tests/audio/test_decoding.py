"""Decoding files of every kind: what is incomplete, what isn't audio, what PyAV reads, and what it must not open."""

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from sounds import cut, error_of, tone, write_tone

from pecmae.audio import decoding
from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.reading import ClipLimits, read_clip
from pecmae.errors import AudioError

NOT_AUDIO = "isn't audio that can be read here, or it is incomplete; give a wav, flac, ogg, mp3 or m4a file."
KINDS = {  # suffix -> (FFmpeg's container, codec)
    "m4a": ("ipod", "aac"),
    "mp4": ("mp4", "aac"),
    "mov": ("mov", "pcm_s24le"),
    "webm": ("webm", "libopus"),
    "mka": ("matroska", "libmp3lame"),
    "opus": ("ogg", "libopus"),
    "wma": ("asf", "libmp3lame"),
    "avi": ("avi", "libmp3lame"),
    "aac": ("adts", "aac"),
    "ts": ("mpegts", "mp2"),
    "wv": ("wv", "wavpack"),
    "tta": ("tta", "tta"),
    "ac3": ("ac3", "ac3"),
}
STATING_LENGTH = ("webm", "mka", "opus", "avi", "wv", "tta")


def write_with_av(path: Path, duration_s: float = 5.0, with_picture: bool = False) -> Path:
    """Write a stereo tone of 48 kHz in the container and codec of the path's suffix."""
    container_format, codec = KINDS[path.suffix[1:]]
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=48_000, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        if with_picture:
            video = container.add_stream("mpeg4", rate=5)
            assert isinstance(video, av.VideoStream)
            video.width, video.height = 64, 48
            for _ in range(50):  # 10 s, longer than the sound
                picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), dtype=np.uint8))
                container.mux(video.encode(picture))
            container.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(tone(duration_s, 48_000, 2).T), "fltp", "stereo")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(stream.codec_context.format, "stereo", 48_000)
        for converted in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", KINDS)
def test_pyav_reads_other_formats(tmp_path: Path, suffix: str) -> None:
    path = write_with_av(tmp_path / f"-a b.{suffix}")
    clip = read_clip(path.rename(tmp_path / "upload"), name=path.name)  # the suffix doesn't matter
    assert (clip.sample_rate, clip.channels) == (48_000, 2) and clip.duration_s == pytest.approx(5.0, abs=0.05)
    spectrum = np.abs(np.fft.rfft(clip.waveform))
    loudest_hz = np.argmax(spectrum) * SAMPLE_RATE / len(clip.waveform)
    assert min(abs(loudest_hz - 220), abs(loudest_hz - 242)) < 1
    assert np.abs(clip.waveform).max() == pytest.approx(np.abs(tone(5.0, 48_000, 2).mean(axis=1)).max(), abs=0.02)


@pytest.mark.parametrize("suffix", ["m4a", "aac"])
def test_limits_hold_while_pyav_reads(tmp_path: Path, suffix: str) -> None:
    path = write_with_av(tmp_path / f"a.{suffix}")
    code, message = error_of(path, limits=ClipLimits(max_s=2.0))
    assert code == "too_long" and message.endswith("up to 2 s is accepted, so trim it or ask for its first 2 s only.")
    first = read_clip(path, limits=ClipLimits(max_s=2.0), first_part=True)
    assert first.read_s == 2.0 and first.notes[0].endswith("only its first 2 s was analysed.")


def test_sound_of_a_longer_video_is_complete(tmp_path: Path) -> None:
    for suffix in ("mp4", "mov"):
        path = write_with_av(tmp_path / f"a.{suffix}", with_picture=True)
        assert read_clip(path).duration_s == pytest.approx(5.0, abs=0.05)


def test_video_without_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=5)
        assert isinstance(video, av.VideoStream)
        video.width, video.height = 64, 48
        for _ in range(5):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), dtype=np.uint8))))
        container.mux(video.encode(None))
    assert error_of(path) == ("not_audio", "'a.mp4' contains no sound; give a file with an audio track.")


@pytest.mark.parametrize(
    "content",
    [
        b"These are words, not sound.\n" * 100,
        "Wörter in UTF-16".encode("utf-16") * 50,
        b"\xff" * 5000,
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(2000),
        b"RIFF\x00\x00\x00\x00WAVE",
        b"ID3\x03\x00\x00\x00\x00\x00\x0a" + b"nothing here" * 20,
        b"fLaC" + bytes(100),
        b"\x00",
        struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"M4A ", 512, b"M4A ", b"isom") + struct.pack(">I4s", 8, b"mdat"),
        np.random.default_rng(0).bytes(20_000),
    ],
)
def test_what_is_not_audio(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    assert error_of(tmp_path / "a.wav") == ("not_audio", f"'a.wav' {NOT_AUDIO}")


@given(st.sampled_from(["m4a", "webm", "wav", "ogg", "mp3", "flac"]), st.data())
def test_damaged_files_give_a_clip_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, data: st.DataObject
) -> None:
    """Whatever bytes are changed, the result is a clip or an `AudioError`."""
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    path = folder / f"a.{suffix}"
    if not path.exists():
        write_with_av(path, 1.0) if suffix in KINDS else write_tone(path, 1.0)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        clip = read_clip(io.BytesIO(content))
    except AudioError as error:
        assert error.message.endswith(".")
    else:
        assert np.isfinite(clip.waveform).all()


PLAYLISTS = {
    "m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n%s\n#EXT-X-ENDLIST\n",
    "ffconcat": b"ffconcat version 1.0\nfile %s\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=%s\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 97\n",
    "mpd": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    b'mediaPresentationDuration="PT4S"><Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" '
    b'bandwidth="1"><BaseURL>%s</BaseURL></Representation></AdaptationSet></Period></MPD>',
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that FFmpeg asks for while a file is read."""
    addresses: list[str] = []

    def refuse(url: str, flags: int, options: dict[str, str]) -> None:
        addresses.append(url)
        raise PermissionError(url)

    monkeypatch.setattr(decoding, "_refuse_to_open", refuse)
    return addresses


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("scheme", ["", "file://", "http://127.0.0.1:9", "concat:", "subfile,,start,0,end,0,,:"])
def test_playlists_are_no_audio(tmp_path: Path, kind: str, scheme: str, asked: list[str]) -> None:
    """Their containers aren't among those that FFmpeg may use, so it doesn't ask for what they name."""
    canary = write_with_av(tmp_path / "canary.ts")
    path = tmp_path / f"a.{kind}"
    path.write_bytes(PLAYLISTS[kind] % f"{scheme}{canary}".encode())
    assert error_of(path) == ("not_audio", f"'a.{kind}' {NOT_AUDIO}")
    assert asked == []


def test_a_container_cannot_open_another_file(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = write_with_av(tmp_path / "canary.ts")
    path = tmp_path / "a.m3u8"
    path.write_bytes(PLAYLISTS["m3u8"] % str(canary).encode())
    monkeypatch.setattr(decoding, "_FFMPEG_FORMATS", "hls,mpegts")
    assert error_of(path) == ("not_audio", f"'a.m3u8' {NOT_AUDIO}")
    assert str(canary) in asked


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_truncated(tmp_path: Path, suffix: str, ratio: float) -> None:
    code, message = error_of(cut(write_tone(tmp_path / f"a.{suffix}", 8.0), ratio))
    assert code == "truncated"
    assert message.startswith(f"'a.{suffix}' ") and message.endswith("download it again.")


@pytest.mark.parametrize("suffix", STATING_LENGTH)
def test_truncated_in_other_formats(tmp_path: Path, suffix: str) -> None:
    code, message = error_of(cut(write_with_av(tmp_path / f"a.{suffix}"), 0.5))
    assert code == "truncated" and message.startswith(f"'a.{suffix}' is incomplete")


def test_truncated_m4a_without_its_index_may_be_incomplete(tmp_path: Path) -> None:
    """The index stands at the end."""
    assert error_of(cut(write_with_av(tmp_path / "a.m4a"), 0.5)) == ("not_audio", f"'a.m4a' {NOT_AUDIO}")


def test_truncated_wav_states_how_much_is_missing(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.wav", 8.0)
    whole = path.stat().st_size
    missing = whole - cut(path, 0.5).stat().st_size
    assert error_of(path) == (
        "truncated",
        f"'a.wav' is incomplete: at least {missing:,} bytes are missing at its end; export or download it again.",
    )


def test_damaged_middle_is_stated_with_its_time(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.flac", 8.0)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    path.write_bytes(data)
    code, message = error_of(path)
    assert code == "truncated" and "its header states 8.0 s, but only " in message


def test_inexact_and_streamed_wav_headers_are_no_truncation(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.wav", 4.0, SAMPLE_RATE)
    data = path.read_bytes()
    start = data.index(b"data") + 4
    for size in (len(data), 0xFFFFFFFF, 0x7FFFFFFF):  # the size of the whole file, unknown, unknown
        for riff_size in (len(data) - 8, size):
            path.write_bytes(
                data[:4] + struct.pack("<I", riff_size) + data[8:start] + struct.pack("<I", size) + data[start + 4 :]
            )
            assert len(read_clip(path).waveform) == SEGMENT_SAMPLES


def test_flac_of_unknown_length(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.flac", 8.0)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the 36 bits of STREAMINFO that count samples; zero means unknown
    data[22:26] = bytes(4)
    path.write_bytes(data)
    clip = read_clip(path)
    assert clip.duration_s == pytest.approx(8.0, abs=0.03)
    assert error_of(path, limits=ClipLimits(max_s=5.0))[0] == "too_long"


def without_length_header(path: Path) -> bytes:
    """The frames of an MP3 but the first, which states the length."""
    data = path.read_bytes()
    second = data.index(data[:2], 200)
    assert b"Info" in data[:second]
    return data[second:]


def test_mp3_without_its_length_header(tmp_path: Path) -> None:
    """libsndfile estimates the length from the bit rate of the first frame and drops the rest."""
    quiet, loud = tmp_path / "quiet.mp3", tmp_path / "loud.mp3"
    soundfile.write(quiet, np.zeros(44_100 * 3), 44_100, bitrate_mode="CONSTANT", compression_level=0.0)
    soundfile.write(loud, tone(9.0), 44_100, bitrate_mode="CONSTANT", compression_level=0.95)
    path = tmp_path / "a.mp3"
    path.write_bytes(without_length_header(quiet) + loud.read_bytes())
    assert soundfile.info(path).duration < 11
    assert read_clip(path).duration_s == pytest.approx(12.0, abs=0.2)


def test_mp3_of_constant_bit_rate_without_its_header(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "b.mp3", tone(6.0), 44_100, bitrate_mode="CONSTANT", compression_level=0.5)
    frames = without_length_header(tmp_path / "b.mp3")
    path = tmp_path / "a.mp3"
    tag = b"ID3\x03\x00\x00\x00\x00\x01\x00" + bytes(128)
    for content in (frames + b"TAG" + bytes(125), frames[:-100], tag + frames):
        path.write_bytes(content)
        assert read_clip(path).duration_s == pytest.approx(6.0, abs=0.1)


def test_tags_before_an_mp3_do_not_hide_its_length(tmp_path: Path) -> None:
    """A cover image may come before the header that states the length."""
    path = write_tone(tmp_path / "a.mp3", 6.0)
    n_bytes = 200_000
    size = bytes(n_bytes >> shift & 127 for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\x00\x00" + size + bytes(n_bytes) + path.read_bytes())
    assert read_clip(path).duration_s == pytest.approx(6.0, abs=0.05)
    assert error_of(cut(path, 0.95))[0] == "truncated"
