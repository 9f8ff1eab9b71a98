"""What `mirdata` knows of a dataset: where its audio files should lie, and their MD5.

mirdata is an optional extra: it brings some forty packages (librosa, h5py, the clients of three clouds) that nothing
else here needs. Of it we take the index of a dataset, which its `download` fetches, and the annotations; the audio is
read as any other.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pecmae.errors import DatasetError, first_few


@dataclass(frozen=True)
class DatasetSource:
    """A dataset by mirdata's name, by the one that people know, and where it is to be had beside mirdata."""

    mirdata_name: str
    title: str
    page: str


def open_dataset(source: DatasetSource, data_home: Path | None) -> Any:
    """mirdata's dataset, its index present.

    Args:
        source: Which.
        data_home: Where its files lie; None is mirdata's own place, `~/mir_datasets/NAME`.

    Returns:
        An instance of mirdata's `Dataset`.

    Raises:
        DatasetError: `needs_mirdata` or `missing_index`.
    """
    try:
        import mirdata
    except ImportError as error:
        raise DatasetError(
            "needs_mirdata",
            f"{source.title} is read with mirdata, which isn't installed; "
            "`pip install 'pecmae-explorer[datasets]'`, or `pip install mirdata`, adds it.",
        ) from error
    dataset = mirdata.initialize(source.mirdata_name, data_home=None if data_home is None else str(data_home))
    if not Path(dataset.index_path).is_file():
        raise DatasetError(
            "missing_index",
            f"mirdata's list of the files of {source.title} isn't there yet; "
            f"`{_download(source, data_home, 'index')}` fetches it, and without ['index'] the audio too.",
        )
    return dataset


def audio_files(dataset: Any, track_ids: list[str], source: DatasetSource, data_home: Path | None) -> dict[str, Path]:
    """The audio files of tracks, all there and each the one that the index describes.

    Args:
        dataset: From `open_dataset`.
        track_ids: mirdata's ids of the tracks that are wanted.
        source: What it is, for the error's sentence.
        data_home: As given to `open_dataset`.

    Returns:
        The file of every track, by its id.

    Raises:
        DatasetError: `missing_audio` or `altered_audio`, with their number and the first of them.
    """
    index: Mapping[str, Any] = json.loads(Path(dataset.index_path).read_text(encoding="utf-8"))["tracks"]
    home = Path(dataset.data_home)
    unknown = [track_id for track_id in track_ids if track_id not in index]
    if unknown:
        raise DatasetError(
            "missing_index",
            f"mirdata's index of {source.title} doesn't know {first_few(unknown)}; "
            "install mirdata 1.0 or fetch it again.",
        )
    files = {track_id: home / index[track_id]["audio"][0] for track_id in track_ids}
    missing = [str(path.relative_to(home)) for path in files.values() if not path.is_file()]
    if missing:
        raise DatasetError(
            "missing_audio",
            f"Of {source.title}, {len(missing):,} of {len(files):,} audio files are missing in {home}: "
            f"{first_few(missing)}. Fetch them with `{_download(source, data_home)}` or from {source.page}, give the "
            "folder by --data-home, and start again.",
        )
    altered = [str(files[i].relative_to(home)) for i in track_ids if _md5(files[i]) != index[i]["audio"][1]]
    if altered:
        raise DatasetError(
            "altered_audio",
            f"Of {source.title}, {len(altered):,} of {len(files):,} audio files in {home} aren't those of the dataset "
            f"(their checksums differ): {first_few(altered)}. Fetch them again.",
        )
    return files


def _download(source: DatasetSource, data_home: Path | None, what: str = "") -> str:
    home = "" if data_home is None else f", data_home='{data_home}'"
    part = f"['{what}']" if what else ""
    return f"""python -c "import mirdata; mirdata.initialize('{source.mirdata_name}'{home}).download({part})\""""


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
