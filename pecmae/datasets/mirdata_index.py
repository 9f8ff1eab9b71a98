"""Datasets that `mirdata` knows: where their audio files should be, and their MD5 checksums.

mirdata is an optional extra, because it installs some forty packages (librosa, h5py, clients of three cloud stores)
that nothing else here needs. We use a dataset's index, which mirdata's `download` fetches, and its annotations; the
audio is read like any other.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pecmae.errors import DatasetError, first_few


@dataclass(frozen=True)
class MirdataSource:
    """A dataset that mirdata knows.

    Attributes:
        mirdata_name: mirdata's name of the dataset.
        title: Its common name.
        origin: Where else its audio can be found.
    """

    mirdata_name: str
    title: str
    origin: str


def open_mirdata(source: MirdataSource, data_home: Path | None) -> Any:
    """Open a dataset with mirdata and check that its index is there.

    Args:
        source: The dataset.
        data_home: The folder of its files; by default mirdata's, `~/mir_datasets/NAME`.

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
            "install it with `pip install 'pecmae-explorer[datasets]'` or `pip install mirdata`.",
        ) from error
    dataset = mirdata.initialize(source.mirdata_name, data_home=None if data_home is None else str(data_home))
    if not Path(dataset.index_path).is_file():
        raise DatasetError(
            "missing_index",
            f"mirdata's list of the files of {source.title} is missing; fetch it with "
            f"`{_download_command(source, data_home, 'index')}`, or without ['index'] together with the audio.",
        )
    return dataset


def verified_audio_files(
    dataset: Any, track_ids: list[str], source: MirdataSource, data_home: Path | None
) -> dict[str, Path]:
    """Find the audio files of tracks and verify their checksums.

    Args:
        dataset: From `open_mirdata`.
        track_ids: mirdata's ids of the tracks.
        source: The dataset, for error messages.
        data_home: As given to `open_mirdata`.

    Returns:
        The file of each track by its id.

    Raises:
        DatasetError: `missing_index`, `missing_audio` or `altered_audio`, with the number of tracks or files and the
            first of them.
    """
    index: Mapping[str, Any] = json.loads(Path(dataset.index_path).read_text(encoding="utf-8"))["tracks"]
    home = Path(dataset.data_home)
    unknown = [track_id for track_id in track_ids if track_id not in index]
    if unknown:
        raise DatasetError(
            "missing_index",
            f"mirdata's index of {source.title} doesn't list {first_few(unknown)}; "
            "install mirdata 1.0 or fetch the index again.",
        )
    files = {track_id: home / index[track_id]["audio"][0] for track_id in track_ids}
    missing = [str(path.relative_to(home)) for path in files.values() if not path.is_file()]
    if missing:
        raise DatasetError(
            "missing_audio",
            f"Of {source.title}, {len(missing):,} of {len(files):,} audio files are missing in {home}: "
            f"{first_few(missing)}. Fetch them with `{_download_command(source, data_home)}` or from {source.origin}, "
            "then give their folder with --data-home.",
        )
    altered = [str(files[i].relative_to(home)) for i in track_ids if _md5(files[i]) != index[i]["audio"][1]]
    if altered:
        raise DatasetError(
            "altered_audio",
            f"Of {source.title}, {len(altered):,} of {len(files):,} audio files in {home} were altered "
            f"(their checksums differ): {first_few(altered)}. Fetch them again.",
        )
    return files


def _download_command(source: MirdataSource, data_home: Path | None, what: str = "") -> str:
    home = "" if data_home is None else f", data_home='{data_home}'"
    part = f"['{what}']" if what else ""
    return f"""python -c "import mirdata; mirdata.initialize('{source.mirdata_name}'{home}).download({part})\""""


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
