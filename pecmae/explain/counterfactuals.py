"""The counterfactual set: pieces played by the bands of other pieces, and how a bundle classifies them.

A folder such as `assets/counterfactuals` contains

- `index.json` (`pecmae.counterfactuals/1`): a `CounterfactualSet`, with the files' SHA-256, licence and attribution;
- `clips/<id>.ogg`: the score of one piece with the orchestration and production of another, or its own;
- `shuffled/<piece>.ogg`: pieces as composed, with the blocks of each segment in random order;
- `<bundle>.json` (`pecmae.counterfactual-answers/1`): the answers of one version of one bundle, and the measures.

`rendering.counterfactual_rendering` renders the sounds, and `training.counterfactual_baking` classifies them. This
module only reads. Every piece has a class, and provides both a score and a band. Pieces come in sets with one piece per
class. Scores and bands are exchanged within a set, so every score meets a band of every class, and all classes occur
equally often.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pecmae.bundles.bundle import PROTOTYPES_FILE
from pecmae.bundles.manifest import Manifest, SafeName
from pecmae.errors import BundleError, first_fault
from pecmae.files import sha256

INDEX_FILE = "index.json"
CLIP_AUDIO, SHUFFLED_AUDIO = "clips/{id}.ogg", "shuffled/{piece}.ogg"
"""Patterns of the paths of audio files."""
ANSWERS_SCHEMA = "pecmae.counterfactual-answers/1"
AGAIN = "run `python -m pecmae counterfactuals BUNDLE` again"
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_STRICT)
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
        soundfont: The soundfont of the band.
    """

    id: SafeName
    class_id: str
    set: int
    title: str
    arrangement: str
    start_s: float
    band: str
    soundfont: str


@dataclass(frozen=True, config=_STRICT)
class CounterfactualClip:
    """The score of the piece `score`, played by the band of the piece `band`; `instruments` lists those that play."""

    id: SafeName
    score: str
    band: str
    instruments: tuple[str, ...]
    sha256: str

    @property
    def audio_file(self) -> str:
        """Path of the audio file in the set's folder."""
        return CLIP_AUDIO.format(id=self.id)


@dataclass(frozen=True, config=_STRICT)
class ShuffledPiece:
    """A piece as composed, with the blocks of each segment in random order."""

    piece: SafeName
    sha256: str

    @property
    def audio_file(self) -> str:
        """Path of the audio file in the set's folder."""
        return SHUFFLED_AUDIO.format(piece=self.piece)


@dataclass(frozen=True, config=_STRICT)
class CounterfactualSet:
    """The index.

    Attributes:
        classes: Ids of the classes, in order.
        n_sets: Number of pieces per class.
        seed: Seed of everything random.
        excerpt_s: Length of a clip in seconds.
        block_ms: Length of the blocks of the shuffled pieces.
        licence: Licence of the sounds.
        attribution: Credits of the soundfonts.
        pieces: Set by set, each in the order of the classes.
        clips: By score, then band, set by set.
        shuffled: One per class, of the first set.
        schema: Version of the format.
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
    schema: Literal["pecmae.counterfactuals/1"] = "pecmae.counterfactuals/1"

    @property
    def piece_by_id(self) -> dict[str, Piece]:
        """Every piece by its id."""
        return {piece.id: piece for piece in self.pieces}

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of every sound, by its path in the folder."""
        clips = {clip.audio_file: clip.sha256 for clip in self.clips}
        return clips | {item.audio_file: item.sha256 for item in self.shuffled}

    def to_json(self) -> dict[str, Any]:
        """The contents of `index.json`."""
        return {"schema": self.schema, **asdict(self)}


def clip_id(score: Piece, band: Piece) -> str:
    """Name of a clip: `blues-by-jazz-1`."""
    return f"{score.class_id}-by-{band.class_id}-{score.set}"


def load_set(folder: Path) -> CounterfactualSet:
    """Read the index.

    Args:
        folder: Such as `assets/counterfactuals`.

    Raises:
        BundleError: `no_counterfactuals` or `bad_counterfactuals`; the sentence names the file and the fault.
    """
    index = folder / INDEX_FILE
    if not index.is_file():
        raise BundleError("no_counterfactuals", f"{index} is missing; {AGAIN}.")
    try:
        return TypeAdapter(CounterfactualSet).validate_json(index.read_bytes())
    except ValidationError as error:
        raise BundleError(
            "bad_counterfactuals",
            f"{index} isn't an index of counterfactuals ({first_fault(error)}); remove it and {AGAIN}.",
        ) from error


def missing_files(folder: Path, counterfactuals: CounterfactualSet) -> list[str]:
    """Paths of the sounds of an index that are missing or altered."""
    files = counterfactuals.files.items()
    return [name for name, digest in files if not (folder / name).is_file() or sha256(folder / name) != digest]


def answers_file(bundle: str) -> str:
    """Name of the file with the answers of a bundle."""
    return f"{bundle}.json"


def fingerprint_of(manifest: Manifest) -> dict[str, str]:
    """The fingerprints that a bundle's answers depend on: of its prototypes and of its autoencoder."""
    return {"prototypes": manifest.files[PROTOTYPES_FILE], "autoencoder": manifest.autoencoder.fingerprint}


class _AnsweredBundle(BaseModel):
    fingerprint: dict[str, str]


class _Answers(BaseModel):
    """The beginning of a file of answers."""

    schema_name: str = Field(validation_alias="schema")
    bundle: _AnsweredBundle
    index: str


def has_answers(folder: Path, manifest: Manifest) -> bool:
    """Whether a folder has the answers of this version of a bundle to the sounds in the folder."""
    path, index = folder / answers_file(manifest.name), folder / INDEX_FILE
    if not path.is_file() or not index.is_file():
        return False
    try:
        answers = _Answers.model_validate_json(path.read_bytes())
    except ValidationError:
        return False
    answered = (answers.schema_name, answers.bundle.fingerprint, answers.index)
    return answered == (ANSWERS_SCHEMA, fingerprint_of(manifest), sha256(index))
