"""Reading TensorFlow checkpoints that the test itself writes."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pecmae.networks.tensorflow_checkpoint import _decompress_snappy, read_checkpoint

MAGIC = bytes.fromhex("57fb808b247547db")


def varint(number: int) -> bytes:
    """A number as a varint."""
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def block(entries: list[tuple[bytes, bytes]], *, compressed: bool) -> bytes:
    """A LevelDB block with prefix-compressed keys, and its trailer."""
    out, previous = b"", b""
    for key, value in entries:
        shared = next((i for i, (a, b) in enumerate(zip(key, previous, strict=False)) if a != b), len(previous))
        shared = min(shared, len(key))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        previous = key
    out += struct.pack("<II", 0, 1)
    if compressed:  # one literal
        out = varint(len(out)) + bytes([61 << 2]) + struct.pack("<H", len(out) - 1) + out
    return out + bytes([int(compressed)]) + bytes(4)


def write_checkpoint(prefix: str, variables: dict[str, np.ndarray], *, compressed: bool) -> None:
    """A checkpoint of float32 variables."""
    data, entries = b"", [(b"", b"\x08\x01")]
    for name in sorted(variables):
        value = variables[name]
        sizes = [b"\x12" + varint(len(size)) + size for size in (b"\x08" + varint(n) for n in value.shape)]
        shape = b"".join(sizes)
        entry = b"\x08\x01\x12" + varint(len(shape)) + shape
        entry += b"\x20" + varint(len(data)) + b"\x28" + varint(value.nbytes) + b"\x35" + bytes(4)
        entries.append((name.encode(), entry))
        data += value.tobytes()
    first = block(entries, compressed=compressed)
    index = block([(b"z", varint(0) + varint(len(first) - 5))], compressed=False)
    footer = varint(0) + varint(0) + varint(len(first)) + varint(len(index) - 5)
    Path(f"{prefix}.index").write_bytes(first + index + footer.ljust(40, b"\0") + MAGIC)
    Path(f"{prefix}.data-00000-of-00001").write_bytes(data)


@pytest.mark.parametrize("compressed", [False, True])
def test_variables_come_back(tmp_path: Path, compressed: bool) -> None:
    rng = np.random.default_rng(0)
    shapes = {"dense/bias": (5,), "dense/kernel": (300, 5), "dense_1/kernel": (2, 3, 1, 4), "scale": ()}
    written = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    write_checkpoint(f"{tmp_path}/", written, compressed=compressed)
    read = read_checkpoint(f"{tmp_path}/")
    assert read.keys() == written.keys()
    assert all(np.array_equal(read[name], written[name]) for name in written)


def test_other_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.index").write_bytes(b"no table" * 20)
    (tmp_path / "a.data-00000-of-00001").write_bytes(b"")
    with pytest.raises(ValueError, match="LevelDB"):
        read_checkpoint(str(tmp_path / "a"))


@given(st.binary(min_size=1, max_size=40), st.integers(4, 11), st.integers(1, 40))
def test_snappy_copies_may_overlap(literal: bytes, length: int, offset: int) -> None:
    offset = min(offset, len(literal))
    compressed = varint(len(literal) + length) + bytes([(len(literal) - 1) << 2]) + literal
    compressed += bytes([(length - 4) << 2 | 1, offset])
    pattern = literal[-offset:] * length
    assert _decompress_snappy(compressed) == literal + pattern[:length]
