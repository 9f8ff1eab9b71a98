"""Collections of recordings: too little, too much, and what is left out."""

import numpy as np
import pytest
from sounds import tone_bytes
from visitors import GOOD, Visitor, clips, zip_of


def test_too_little(visitor: Visitor) -> None:
    assert visitor.error_of(zip_of(clips("low"))) == (
        422,
        "too_few_classes",
        "The zip contains only the class 'low'; give at least 2 classes, each as a folder of recordings.",
    )
    assert visitor.error_of(zip_of({"words.txt": b"x", "low.wav": tone_bytes(0.6)})) == (
        422,
        "too_few_classes",
        "The zip contains no class with clips; give at least 2 classes, each as a folder of recordings. "
        "1 file that isn't audio was left out: words.txt. "
        "1 clip outside the class folders was left out: low.wav.",
    )
    assert visitor.error_of(zip_of({**clips("low"), **clips("high", 4), **clips("noise", 1)})) == (
        422,
        "too_few_clips",
        "Every class needs at least 5 clips, but 'high' has 4, 'noise' has 1; add clips or leave the class out.",
    )


@pytest.mark.slow
def test_too_much(visitor: Visitor) -> None:
    many_classes = {f"{label}/{k}.wav": b"" for label in range(21) for k in range(5)}
    assert visitor.error_of(zip_of(many_classes)) == (
        422,
        "too_many_classes",
        "The zip contains 21 classes; give at most 20 classes.",
    )
    many_clips = {f"{label}/{k}.wav": b"" for label in range(2) for k in range(201)}
    assert visitor.error_of(zip_of(many_clips)) == (
        422,
        "too_many_clips",
        "The zip contains 402 clips; give at most 400 clips.",
    )
    noise = np.random.default_rng(0).integers(0, 256, 2**21, dtype=np.uint8).tobytes()
    assert visitor.error_of(noise) == (
        413,
        "too_large",
        "The upload has 2.0 MB; up to 1 MB are accepted, so trim it or compress it as ogg, mp3 or flac.",
    )
    collection = visitor.built({f"{label}/{k}.wav": tone_bytes(3.5 + k / 8, 8_000) for label in "ab" for k in range(5)})
    assert collection["error"]["code"] == "too_few_clips"  # the same sounds in both classes: see below
    collection = visitor.built(
        {
            f"{label}/{k}.wav": tone_bytes(3.5 + (k + 5 * n) / 100, 8_000)
            for n, label in enumerate("ab")
            for k in range(5)
        }
    )
    assert collection["error"] == {
        "code": "too_much_audio",
        "message": "The clips are longer than 30 s in total, which is the most that this server accepts; give fewer "
        "or shorter clips.",
    }


@pytest.mark.slow
def test_unusable_clips_are_left_out_with_a_note(visitor: Visitor) -> None:
    silent = tone_bytes(1.0, 8_000)[:44] + bytes(16_000)
    collection = visitor.built(
        {
            **GOOD,
            "low/cover.jpg": b"x",
            "low/broken.wav": b"words " * 20,
            "high/silent.wav": silent,
            "high/long.wav": tone_bytes(21.0, 4_000),
            "high/large.wav": bytes(2**18 + 1),
            "high/copy.wav": GOOD["high/5.wav"],
            "low/both.wav": tone_bytes(0.9, 8_000),
            "high/both.wav": tone_bytes(0.9, 8_000),
            "loose.wav": tone_bytes(0.7),
        }
    )
    assert collection["state"] == "ready"
    assert collection["notes"] == [
        "1 file that isn't audio was left out: low/cover.jpg.",
        "1 clip outside the class folders was left out: loose.wav.",
        "1 clip larger than 0.25 MB was left out: high/large.wav.",
        "The same recording is in several classes and was left out: low/both.wav and high/both.wav.",
        "1 clip that repeats another of its class was left out: high/copy.wav.",
        "Left out of 'low': 'broken.wav' isn't audio that can be read here, or it is incomplete; "
        "give a wav, flac, ogg, mp3 or m4a file.",
        "Left out of 'high': 'silent.wav' is silent: its mono mix is constant, but a peak of at least -60 dBFS is "
        "needed; check the recording level or choose another file.",
        "Left out of 'high': 'long.wav' is 21 s long; up to 20 s is accepted, so trim it or ask for its first 20 s "
        "only.",
    ]


@pytest.mark.slow
def test_too_few_remain(visitor: Visitor) -> None:
    collection = visitor.built({**GOOD, "low/0.wav": b"words"})
    assert (collection["state"], collection["error"]["code"]) == ("failed", "too_few_clips")
    assert collection["error"]["message"] == (
        "Every class needs at least 5 clips, but 'low' has 4; add clips or leave the class out. "
        "Left out of 'low': '0.wav' isn't audio that can be read here, or it is incomplete; "
        "give a wav, flac, ogg, mp3 or m4a file."
    )
