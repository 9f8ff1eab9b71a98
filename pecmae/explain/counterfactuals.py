"""The counterfactual set: pieces played by the bands of other pieces, and what a bundle says of each.

A folder such as `assets/counterfactuals` holds

- `index.json` (`pecmae.counterfactuals/1`): pieces, clips, the files' SHA-256, licence and attribution;
- `clips/<id>.ogg`: the score of one piece with the orchestration and production of another, or its own;
- `shuffled/<piece>.ogg`: pieces as composed, each segment's blocks in random order;
- `<bundle>.json` (`pecmae.counterfactual-answers/1`): what one version of one bundle says of them, and the measures.

`rendering.counterfactual_rendering` renders the sounds, `training.counterfactual_baking` asks. Here they're only read.
Every piece is of a class, and gives both a score and a band. Pieces come in sets of one a class; scores and bands are
exchanged within a set, so every score meets a band of every class, and every class is asked for equally often.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pecmae.bundles.bundle import PROTOTYPES_FILE
from pecmae.bundles.manifest import NAME_PATTERN, Manifest
from pecmae.errors import BundleError
from pecmae.files import sha256

INDEX_FILE = "index.json"
CLIP_AUDIO, SHUFFLED_AUDIO = "clips/{id}.ogg", "shuffled/{piece}.ogg"
"""Patterns of the paths of audio files."""
INDEX_SCHEMA = "pecmae.counterfactuals/1"
ANSWERS_SCHEMA = "pecmae.counterfactual-answers/1"
AGAIN = "run `python -m pecmae counterfactuals BUNDLE` again"


@dataclass(frozen=True)
class Piece:
    """A composed piece and its band.

    Attributes:
        id: Such as `blues-1`.
        class_id: Its class.
        set: Number of its set, from 1.
        title: Name of the composition with key and tempo.
        arrangement: Which of the class's arrangements it is.
        start_s: Where in the piece the excerpts begin.
        band: Name of its orchestration.
        soundfont: Which soundfont the band plays with.
    """

    id: str
    class_id: str
    set: int
    title: str
    arrangement: str
    start_s: float
    band: str
    soundfont: str


@dataclass(frozen=True)
class CounterfactualClip:
    """The score of piece `score`, played by the band of piece `band`; `instruments` are those that sound."""

    id: str
    score: str
    band: str
    instruments: tuple[str, ...]
    sha256: str

    @property
    def audio_file(self) -> str:
        """Path of the audio file in the set's folder."""
        return CLIP_AUDIO.format(id=self.id)


@dataclass(frozen=True)
class ShuffledPiece:
    """A piece as composed, with the blocks of each segment in random order."""

    piece: str
    sha256: str

    @property
    def audio_file(self) -> str:
        """Path of the audio file in the set's folder."""
        return SHUFFLED_AUDIO.format(piece=self.piece)


@dataclass(frozen=True)
class CounterfactualSet:
    """The index.

    Attributes:
        classes: Ids of the classes, in order.
        n_sets: How many pieces a class has.
        seed: What everything was drawn from.
        excerpt_s: Length of a clip.
        block_ms: Length of the blocks of the shuffled pieces.
        licence: Of the sounds.
        attribution: Whose soundfonts they are made with.
        pieces: Set by set, each in the order of the classes.
        clips: By score, then band, set by set.
        shuffled: One a class, of the first set.
    """

    classes: tuple[str, ...]
    n_sets: int
    seed: int
    excerpt_s: float
    block_ms: float
    licence: str
    attribution: str
    pieces: tuple[Piece, ...]
    clips: tuple[CounterfactualClip, ...]
    shuffled: tuple[ShuffledPiece, ...]

    @property
    def piece_by_id(self) -> dict[str, Piece]:
        """The pieces by their identifier."""
        return {piece.id: piece for piece in self.pieces}

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of every sound, by its path in the folder."""
        clips = {clip.audio_file: clip.sha256 for clip in self.clips}
        return clips | {item.audio_file: item.sha256 for item in self.shuffled}

    def to_json(self) -> dict[str, Any]:
        """The index as JSON values."""
        return {"schema": INDEX_SCHEMA, **asdict(self)}


def clip_id(score: Piece, band: Piece) -> str:
    """Name of a clip: `blues-by-jazz-1`."""
    return f"{score.class_id}-by-{band.class_id}-{score.set}"


def load_set(folder: Path) -> CounterfactualSet:
    """Read the index.

    Args:
        folder: Such as `assets/counterfactuals`.

    Raises:
        BundleError: `no_counterfactuals` or `bad_counterfactuals`: it's missing, broken, or names an unsafe file.
    """
    index = folder / INDEX_FILE
    if not index.is_file():
        raise BundleError("no_counterfactuals", f"{index} is missing; {AGAIN}.")
    try:
        data = json.loads(index.read_text(encoding="utf-8"))
        if data.pop("schema") != INDEX_SCHEMA:
            raise ValueError("another schema")
        pieces = tuple(Piece(**row) for row in data.pop("pieces"))
        clips = tuple(
            CounterfactualClip(**{**row, "instruments": tuple(row["instruments"])}) for row in data.pop("clips")
        )
        shuffled = tuple(ShuffledPiece(**row) for row in data.pop("shuffled"))
        classes = tuple(data.pop("classes"))
        loaded = CounterfactualSet(**data, classes=classes, pieces=pieces, clips=clips, shuffled=shuffled)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            "bad_counterfactuals", f"{index} isn't an index of counterfactuals; remove it and {AGAIN}."
        ) from error
    for name in (*(piece.id for piece in pieces), *(clip.id for clip in clips), *(item.piece for item in shuffled)):
        if not NAME_PATTERN.fullmatch(name):
            raise BundleError("bad_counterfactuals", f"{index} names {name!r}, which isn't a safe file name.")
    return loaded


def missing_files(folder: Path, counterfactuals: CounterfactualSet) -> list[str]:
    """The sounds of an index that aren't there or aren't what it describes."""
    files = counterfactuals.files.items()
    return [name for name, digest in files if not (folder / name).is_file() or sha256(folder / name) != digest]


def answers_file(bundle: str) -> str:
    """Name of the file with what a bundle says."""
    return f"{bundle}.json"


def fingerprint_of(manifest: Manifest) -> dict[str, str]:
    """What a bundle's answers depend on: its prototypes and its autoencoder."""
    return {"prototypes": manifest.files[PROTOTYPES_FILE], "autoencoder": manifest.autoencoder.fingerprint}


def has_answers(folder: Path, manifest: Manifest) -> bool:
    """Whether a folder holds what this version of a bundle says of these very sounds; older answers don't count."""
    path = folder / answers_file(manifest.name)
    if not path.is_file() or not (folder / INDEX_FILE).is_file():
        return False
    try:
        answers = json.loads(path.read_text(encoding="utf-8"))
        known = (answers["schema"], answers["bundle"]["fingerprint"], answers["index"])
    except (ValueError, KeyError, TypeError):
        return False
    return known == (ANSWERS_SCHEMA, fingerprint_of(manifest), sha256(folder / INDEX_FILE))
