"""Read the variables of a TensorFlow V2 checkpoint with NumPy alone.

A checkpoint is a pair of files. `PREFIX.index` is a table in LevelDB's format: sorted keys (variable names) with values
that are protocol buffers (`BundleEntryProto`: type, shape, offset, size). `PREFIX.data-00000-of-00001` holds the values
themselves, little-endian. Formats: LevelDB's `table_format.md`, Snappy's `format_description.txt` and TensorFlow's
`tensor_bundle.proto`.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_TABLE_MAGIC = bytes.fromhex("57fb808b247547db")
_FOOTER_SIZE = 48
_BLOCK_TRAILER_SIZE = 5  # compression type and checksum
_SNAPPY = 1
_DTYPES: dict[int, type[np.generic]] = {1: np.float32, 2: np.float64, 3: np.int32, 9: np.int64, 10: np.bool_}


def read_checkpoint(prefix: str) -> dict[str, np.ndarray]:
    """All variables of a checkpoint, by name.

    Args:
        prefix: Path without `.index`; `folder/` for files named `folder/.index` and
            `folder/.data-00000-of-00001`.

    Returns:
        Read-only arrays with the variables' own shapes and types.

    Raises:
        OSError: A file can't be read.
        ValueError: The index isn't a LevelDB table, or a variable has an unknown type.
    """
    index = Path(f"{prefix}.index").read_bytes()
    data = Path(f"{prefix}.data-00000-of-00001").read_bytes()
    variables: dict[str, np.ndarray] = {}
    for block_handle in _blocks_of(index):
        for key, value in _entries(_block(index, block_handle)):
            if key:  # the empty key holds the header
                variables[key.decode()] = _variable(key.decode(), value, data)
    return variables


def _blocks_of(index: bytes) -> Iterator[bytes]:
    """Handles of the table's data blocks, from the index block that the footer points to."""
    footer = index[-_FOOTER_SIZE:]
    if len(footer) < _FOOTER_SIZE or footer[-8:] != _TABLE_MAGIC:
        raise ValueError("the index file isn't a LevelDB table")
    position = 0
    for _ in range(2):  # handle of the meta-index: offset and size
        _, position = _varint(footer, position)
    for _, handle in _entries(_block(index, footer[position:])):
        yield handle


def _block(table: bytes, handle: bytes) -> bytes:
    """Contents of the block at a handle (offset and size as varints), decompressed."""
    offset, position = _varint(handle, 0)
    size, _ = _varint(handle, position)
    contents = table[offset : offset + size]
    return _decompress_snappy(contents) if table[offset + size] == _SNAPPY else contents


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block; each key repeats the beginning of the key before it."""
    (n_restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 - 4 * n_restarts
    position, key = 0, b""
    while position < end:
        n_repeated, position = _varint(block, position)
        n_new, position = _varint(block, position)
        value_size, position = _varint(block, position)
        key = key[:n_repeated] + block[position : position + n_new]
        position += n_new
        yield key, block[position : position + value_size]
        position += value_size


def _variable(name: str, entry: bytes, data: bytes) -> np.ndarray:
    """The array that a `BundleEntryProto` describes."""
    dtype_number, offset, size = 1, 0, 0
    shape: list[int] = []
    for field, value in _protobuf_fields(entry):
        if field == 1:
            dtype_number = _integer(value)
        elif field == 2:
            shape = _shape(_bytes(value))
        elif field == 4:
            offset = _integer(value)
        elif field == 5:
            size = _integer(value)
    if dtype_number not in _DTYPES:
        raise ValueError(f"variable {name!r} has type number {dtype_number}, known are {sorted(_DTYPES)}")
    return np.frombuffer(data[offset : offset + size], _DTYPES[dtype_number]).reshape(shape)


def _shape(shape_proto: bytes) -> list[int]:
    """Sizes in a `TensorShapeProto`; a size of zero is left out of the message."""
    shape = []
    for field, dimension in _protobuf_fields(shape_proto):
        if field == 2:
            sizes = [_integer(value) for number, value in _protobuf_fields(_bytes(dimension)) if number == 1]
            shape.append(sizes[0] if sizes else 0)
    return shape


def _protobuf_fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values of a protocol buffer, nested messages as bytes."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        wire_type = tag & 7
        if wire_type == 0:
            value, position = _varint(message, position)
            yield tag >> 3, value
            continue
        if wire_type == 2:
            size, position = _varint(message, position)
        elif wire_type in (1, 5):
            size = 8 if wire_type == 1 else 4
        else:
            raise ValueError(f"wire type {wire_type} in a protocol buffer is unknown")
        yield tag >> 3, message[position : position + size]
        position += size


def _integer(value: int | bytes) -> int:
    return value if isinstance(value, int) else int.from_bytes(value, "little")


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a nested message was expected in a protocol buffer, and a number found")
    return value


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """A variable-length integer, and the position after it."""
    result, shift = 0, 0
    while True:
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7


def _decompress_snappy(data: bytes) -> bytes:
    """Snappy's raw format: literals, and copies of what was already written."""
    _, position = _varint(data, 0)
    output = bytearray()
    while position < len(data):
        tag = data[position]
        position += 1
        kind = tag & 3
        if kind == 0:  # a literal
            length = (tag >> 2) + 1
            if length > 60:
                n_bytes = length - 60
                length = int.from_bytes(data[position : position + n_bytes], "little") + 1
                position += n_bytes
            output += data[position : position + length]
            position += length
            continue
        if kind == 1:
            length, offset = ((tag >> 2) & 7) + 4, ((tag >> 5) << 8) | data[position]
            position += 1
        else:
            n_bytes = 2 if kind == 2 else 4
            length, offset = (tag >> 2) + 1, int.from_bytes(data[position : position + n_bytes], "little")
            position += n_bytes
        for _ in range(length):  # byte by byte: a copy may overlap what it writes
            output.append(output[-offset])
    return bytes(output)
