"""Free music from Debian packages: fetched with apt, unpacked, listed with title, licence and hash.

The soundtracks of free games are real productions under free licences, some 21 hours of them. They may train weights;
none of it is committed or shipped. The dataset is a folder with `packages/` (what apt fetched), `audio/PACKAGE/`,
`copyright/PACKAGE` (as the package states it) and `index.jsonl` (one track per line). A second call goes on where the
first one stopped.
"""

import fnmatch
import hashlib
import io
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath

import numpy as np
import soundfile
from pydantic import BaseModel

from pecmae.errors import DatasetError
from pecmae.files import replacing, sha256, write_at_once

MIN_TRACK_S = 20.0
VALIDATION_PERIOD = 12
"""About one track in so many of every package validates."""
AUDIO_SUFFIXES = (".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav")
ARCHIVE_SUFFIXES = (".pk3", ".zip")
EFFECT_FOLDERS = ("soundfx", "sfx", "sounds", "voice", "voices", "library")
"""Folders of sound effects and speech, which also hold long files."""
STEM_NAMES = ("song", "guitar", "rhythm", "drums")
"""File names of the stems that Frets on Fire plays together: a folder of them is one track."""
_MIN_BYTES = 100_000

Report = Callable[[str], None]


class OpenTrack(BaseModel):
    """One track of the dataset."""

    id: str
    package: str
    version: str
    title: str
    licence: str
    audio: str
    """Path inside the dataset's folder."""
    duration_s: float
    sha256: str
    split: str


def music_packages() -> dict[str, str]:
    """Packages of Debian 12 that hold music; other releases number wesnoth's differently.

    Returns:
        The licence of the music of each, as a reader finds it in its copyright file; empty where that file is
        machine-readable.
    """
    text = files("pecmae.datasets").joinpath("open_music.tsv").read_text(encoding="utf-8")
    return {package: licence for package, _, licence in (line.partition("\t") for line in text.splitlines()[1:])}


def fetch_open_music(out: Path, packages: Sequence[str] = (), *, report: Report) -> list[OpenTrack]:
    """Fetch packages, unpack their music and write the index.

    Args:
        out: Folder of the dataset.
        packages: Names of Debian packages; by default those of `music_packages`.
        report: Told what is being done, one line at a time.

    Returns:
        All tracks of the index, sorted by id.

    Raises:
        DatasetError: apt or dpkg-deb is missing, or a package can't be fetched.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise DatasetError(
                "no_apt", f"{tool} is missing, and open music comes from Debian packages: run this on Debian or Ubuntu."
            )
    tracks = {track.id: track for track in read_open_music(out)} if (out / "index.jsonl").is_file() else {}
    done = {track.package for track in tracks.values()}
    packages = packages or tuple(music_packages())
    for number, package in enumerate(packages, 1):
        if package in done:
            continue
        report(f"{number}/{len(packages)} {package}: fetching")
        archive = fetch_package(package, out / "packages")
        report(f"{number}/{len(packages)} {package}: unpacking")
        found = unpack_package(package, archive, out)
        tracks |= {track.id: track for track in found}
        hours = sum(track.duration_s for track in found) / 3600
        report(f"{number}/{len(packages)} {package}: {len(found)} tracks, {hours:.2f} h")
        lines = [tracks[name].model_dump_json() + "\n" for name in sorted(tracks)]
        write_at_once(out / "index.jsonl", "".join(lines).encode())
    return [tracks[name] for name in sorted(tracks)]


def read_open_music(out: Path) -> list[OpenTrack]:
    """The index of a fetched dataset.

    Raises:
        DatasetError: There is none, or it can't be read.
    """
    index = out / "index.jsonl"
    if not index.is_file():
        raise DatasetError("no_dataset", f"{out} holds no open music: run `pecmae datasets open-music` first.")
    try:
        return [OpenTrack.model_validate_json(line) for line in index.read_text(encoding="utf-8").splitlines()]
    except ValueError as error:
        raise DatasetError("bad_dataset", f"{index} can't be read ({error}): delete it and fetch again.") from error


def fetch_package(package: str, folder: Path) -> Path:
    """The package's file, fetched with `apt-get download` unless it is there.

    Raises:
        DatasetError: apt doesn't give it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob(f"{package}_*.deb")):
        command = ["apt-get", "download", "-q", package]
        finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if finished.returncode != 0:
            said = next((line for line in finished.stderr.splitlines() if line.startswith("E:")), "no reason was given")
            raise DatasetError(
                "not_fetched", f"apt can't fetch {package} ({said}): run `apt-get update`, or name other packages."
            )
    return sorted(folder.glob(f"{package}_*.deb"))[-1]


def unpack_package(package: str, archive: Path, out: Path) -> list[OpenTrack]:
    """Write a package's music and copyright file below `out`.

    Args:
        package: Its name.
        archive: Its `.deb` file.
        out: Folder of the dataset.

    Returns:
        The tracks of at least `MIN_TRACK_S`.
    """
    folder = out / "audio" / package
    copyright_text = ""
    sources: dict[Path, str] = {}  # file -> path in the package
    for path, contents in _members(archive):
        if path == f"usr/share/doc/{package}/copyright":
            copyright_text = contents.decode("utf-8", errors="replace")
            (out / "copyright").mkdir(parents=True, exist_ok=True)
            (out / "copyright" / package).write_text(copyright_text, encoding="utf-8")
        elif is_music_path(path) and len(contents) >= _MIN_BYTES:
            target = folder / track_file_name(path)
            with replacing(target) as beside:
                beside.write_bytes(contents)
            sources[target] = path
    sources = _join_stems(sources)
    version = archive.stem.split("_")[1].replace("%3a", ":")
    tracks = []
    for file, path in sorted(sources.items()):
        duration_s, title = _describe(file)
        if duration_s < MIN_TRACK_S:
            file.unlink()
            continue
        digest = sha256(file)
        tracks.append(
            OpenTrack(
                id=f"{package}-{file.stem}",
                package=package,
                version=version,
                title=title,
                licence=music_packages().get(package) or licence_of(path, copyright_text),
                audio=str(file.relative_to(out)),
                duration_s=round(duration_s, 2),
                sha256=digest,
                split=split_of(f"{package}/{path}"),
            )
        )
    return tracks


def is_music_path(path: str) -> bool:
    """Whether a path of a package may be music: an audio file outside folders of effects and speech.

    >>> is_music_path("usr/share/games/x/music/theme.ogg"), is_music_path("usr/share/games/x/soundfx/rain.ogg")
    (True, False)
    """
    parts = PurePosixPath(path.lower()).parts
    return path.lower().endswith(AUDIO_SUFFIXES) and not any(part in EFFECT_FOLDERS for part in parts[:-1])


def track_file_name(path: str) -> str:
    """A flat, plain file name for a path in a package: its last folder and its name.

    >>> track_file_name("usr/share/games/x/music/Main Theme.ogg")
    'music-main-theme.ogg'
    """
    pure = PurePosixPath(path)
    stem = re.sub(r"[^a-z0-9]+", "-", f"{pure.parent.name}-{pure.stem}".lower()).strip("-")
    return stem + pure.suffix.lower()


def split_of(name: str) -> str:
    """`valid` for about one name in `VALIDATION_PERIOD`, else `train`; the same for ever."""
    return "train" if int(hashlib.sha256(name.encode()).hexdigest(), 16) % VALIDATION_PERIOD else "valid"


def licence_of(path: str, copyright_text: str) -> str:
    r"""The licence that a Debian copyright file states for a path, by its short name.

    Patterns name files of the source package, whose first folders differ from those installed, so a pattern without
    some of its first folders may match a trailing part of the path; of several, the last that isn't `*` counts, as the
    format demands. Files that aren't in the machine-readable format say nothing by path.

    >>> text = "Format: 1.0\n\nFiles: *\nLicense: GPL-2\n\nFiles: data/music/*\nLicense: CC0\n"
    >>> licence_of("usr/share/x/music/a.ogg", text)
    'CC0'
    """
    if not copyright_text.lstrip().startswith("Format:"):
        return "see copyright file"
    parts = PurePosixPath(path).parts
    tails = ["/".join(parts[start:]) for start in range(len(parts))]
    found, general = None, None
    for paragraph in re.split(r"\n\s*\n", copyright_text):
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*((?:.*)(?:\n[ \t]+.*)*)", paragraph, flags=re.MULTILINE))
        if "Files" not in fields or "License" not in fields:
            continue
        name = fields["License"].splitlines()[0].strip()
        patterns = fields["Files"].replace(",", " ").split()
        if "*" in patterns:
            general = name
        elif any(fnmatch.fnmatchcase(tail, end) for pattern in patterns for end in _ends(pattern) for tail in tails):
            found = name
    return found or general or "see copyright file"


def _ends(pattern: str) -> list[str]:
    """A pattern, and what is left of it without its first folders, as long as one folder is left."""
    parts = PurePosixPath(pattern).parts
    return ["/".join(parts[start:]) for start in range(max(1, len(parts) - 1))]


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Paths and contents of the copyright file and of all audio in a package, also of that in archives inside it."""
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as tar,
    ):
        for member in tar:
            path = member.name.removeprefix("./")
            wanted = path.endswith("/copyright") or path.lower().endswith((*AUDIO_SUFFIXES, *ARCHIVE_SUFFIXES))
            file = tar.extractfile(member) if member.isfile() and wanted else None
            if file is None:
                continue
            if not path.lower().endswith(ARCHIVE_SUFFIXES):
                yield path, file.read()
                continue
            with zipfile.ZipFile(io.BytesIO(file.read())) as inner:
                for name in inner.namelist():
                    if name.lower().endswith(AUDIO_SUFFIXES):
                        yield f"{path}/{name}", inner.read(name)


def _join_stems(sources: dict[Path, str]) -> dict[Path, str]:
    """Mix the stems of a song, which lie in one folder of the package, into one file."""
    songs: dict[str, list[Path]] = {}
    for file, path in sources.items():
        if PurePosixPath(path).stem in STEM_NAMES:
            songs.setdefault(str(PurePosixPath(path).parent), []).append(file)
    for parent, stems in songs.items():
        if len(stems) < 2:
            continue
        parts = [soundfile.read(stem, dtype="float32", always_2d=True) for stem in stems]
        mix = np.zeros((max(len(samples) for samples, _ in parts), 1), dtype=np.float32)
        for samples, _ in parts:
            mix[: len(samples)] += samples.mean(axis=1, keepdims=True)
        target = stems[0].with_name(track_file_name(f"{parent}.flac"))
        soundfile.write(target, mix / max(1.0, float(np.abs(mix).max())), parts[0][1])
        for stem in stems:
            stem.unlink()
            del sources[stem]
        sources[target] = parent
    return sources


def _describe(file: Path) -> tuple[float, str]:
    """Length in seconds and title of an audio file; zero seconds if it can't be read."""
    try:
        with soundfile.SoundFile(file) as sound:
            return len(sound) / sound.samplerate, sound.copy_metadata().get("title", "").strip() or file.stem
    except soundfile.LibsndfileError:
        return 0.0, file.stem
