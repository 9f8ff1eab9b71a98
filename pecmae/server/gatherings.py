"""The recordings that visitors gather on the page before a model is trained on them.

Each session of the page has at most one gathering. Its files are in a temporary folder that only the server's user can
enter. They are removed when the session ends, and at the latest an hour after the last use. `Jobs.build` links them, so
a build doesn't depend on the session.
"""

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from pecmae.audio.reading import display_name
from pecmae.errors import DatasetError, PecmaeError
from pecmae.server.settings import UploadLimits
from pecmae.server.short_lived_files import HELD_S, ShortLivedFile
from pecmae.server.uploaded_clips import UploadedClip, extract_clips, large_note, sort_into_classes
from pecmae.server.zips import is_hidden, list_entries, open_zip

MAX_GATHERINGS = 40
MAX_FULL_GATHERINGS = 4
"""All gatherings together may be as large as this number of gatherings of the largest size."""
ZIP = ".zip"


@dataclass(frozen=True)
class Gathering:
    """What a session has gathered.

    Args:
        clips: The recordings.
        notes: Sentences on what was left out.
        title: Name of the zip that they came from.
    """

    clips: tuple[UploadedClip, ...] = ()
    notes: tuple[str, ...] = ()
    title: str = ""

    @property
    def n_clips(self) -> Counter[str]:
        """Number of clips of each class, in the order in which the classes were added."""
        return Counter(clip.label for clip in self.clips)

    def link(self, folder: Path) -> tuple[list[UploadedClip], tuple[str, ...]]:
        """Put the recordings into a folder, without a copy if possible; returns them, and the notes."""
        clips = []
        for number, clip in enumerate(self.clips):
            path = folder / f"{number:04d}{clip.path.suffix}"
            try:
                path.hardlink_to(clip.path)
            except OSError:  # another file system, or one without links
                shutil.copyfile(clip.path, path)
            clips.append(clip.model_copy(update={"path": path}))
        return clips, self.notes


@dataclass
class _Held:
    """The gathering of a session, its folder, and the timer that removes it."""

    folder: Path
    timer: threading.Timer | None = None
    gathering: Gathering = Gathering()
    n_bytes: int = 0
    n_additions: int = 0


class Gatherings:
    """The gatherings of all sessions. The methods may be called from any thread; the constructor does nothing on disk.

    Args:
        limits: Limits on a collection; a gathering may have as many bytes and clips as a collection.
        kept_s: Time after the last use after which a gathering is removed.
    """

    def __init__(self, limits: UploadLimits, kept_s: float = HELD_S) -> None:
        self._limits = limits
        self._kept_s = kept_s
        self._lock = threading.RLock()
        self._held: dict[str, _Held] = {}
        self._root: Path | None = None

    def get(self, session: str) -> Gathering:
        """The gathering of a session, which is empty at first."""
        with self._lock:
            held = self._held.get(session)
            if held is None:
                return Gathering()
            self._restart_timer(session, held)
            return held.gathering

    def add(self, session: str, files: Sequence[ShortLivedFile]) -> Gathering:
        """Add recordings and zips of recordings. After an error, nothing has been added.

        Args:
            session: Id of the session.
            files: Uploads, whose names are paths. Recordings are moved.

        Returns:
            The gathering.

        Raises:
            PecmaeError: A zip can't be read, or there is too much.
        """
        with self._lock:
            held = self._held.get(session) or self._create(session)
            self._restart_timer(session, held)
            held.n_additions += 1
            folder = held.folder / str(held.n_additions)
            folder.mkdir()
            try:
                added = self._receive(files, folder)
                n_bytes = sum(clip.path.stat().st_size for clip in added.clips)
                self._check_room(held, len(added.clips), n_bytes)
            except BaseException:
                shutil.rmtree(folder)
                raise
            before = held.gathering
            held.n_bytes += n_bytes
            held.gathering = Gathering(
                (*before.clips, *added.clips),
                tuple(dict.fromkeys((*before.notes, *added.notes))),
                before.title or added.title,
            )
            return held.gathering

    def rename(self, session: str, label: str, wanted: str) -> Gathering:
        """Give a class another name. If another class has that name, the two become one."""
        wanted = wanted.replace("/", "-").replace("\\", "-").strip()
        shown = display_name(wanted) if wanted else ""
        with self._lock:
            clips = [
                clip.model_copy(update={"label": shown}) if clip.label == label else clip
                for clip in self.get(session).clips
            ]
            return self._replace_clips(session, clips)

    def remove(self, session: str, label: str) -> Gathering:
        """Remove a class with its clips."""
        with self._lock:
            return self._replace_clips(session, [clip for clip in self.get(session).clips if clip.label != label])

    def release(self, session: str) -> None:
        """Remove the gathering of a session."""
        with self._lock:
            held = self._held.pop(session, None)
            if held:
                if held.timer:
                    held.timer.cancel()
                shutil.rmtree(held.folder, ignore_errors=True)

    def close(self) -> None:
        """Remove all gatherings."""
        for session in list(self._held):
            self.release(session)
        if self._root:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None

    def _create(self, session: str) -> _Held:
        """An empty gathering; called with the lock held."""
        if len(self._held) >= MAX_GATHERINGS:
            raise _no_room()
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="pecmae-gathered-"))  # only its owner can enter it
        held = self._held[session] = _Held(Path(tempfile.mkdtemp(dir=self._root)))
        return held

    def _restart_timer(self, session: str, held: _Held) -> None:
        """Begin the time until removal anew; called with the lock held."""
        if held.timer:
            held.timer.cancel()
        held.timer = threading.Timer(self._kept_s, self.release, [session])
        held.timer.daemon = True
        held.timer.start()

    def _replace_clips(self, session: str, clips: list[UploadedClip]) -> Gathering:
        """Keep only these clips, whose labels may be new; called with the lock held."""
        held = self._held.get(session)
        if held is None:
            return Gathering()
        kept = {clip.path for clip in clips}
        for clip in held.gathering.clips:
            if clip.path not in kept:
                held.n_bytes -= clip.path.stat().st_size
                clip.path.unlink()
        held.gathering = replace(held.gathering, clips=tuple(clips)) if clips else Gathering()
        return held.gathering

    def _receive(self, files: Sequence[ShortLivedFile], folder: Path) -> Gathering:
        """Move recordings into a folder, and unpack zips into it."""
        shown = [(file, parts) for file in files if not is_hidden(parts := _parts(file.name))]
        zips = [file for file, parts in shown if _is_zip(parts[-1])]
        plain = [(file, parts) for file, parts in shown if not _is_zip(parts[-1])]
        labels, notes = sort_into_classes([parts for _, parts in plain], or_by_name=True)
        clips, large = [], []
        for number, label in labels.items():
            file, parts = plain[number]
            if file.n_bytes > self._limits.clip.max_bytes:
                large.append("/".join(parts))
                continue
            path = folder / f"{number:04d}{PurePosixPath(parts[-1]).suffix.lower()}"
            shutil.move(file.path, path)
            clips.append(UploadedClip(label=label, name=display_name(parts[-1]), path=path))
        notes += large_note(large, self._limits)
        for number, file in enumerate(zips):
            unpacked, left_out = self._unpack(file, folder / f"zip-{number}")
            clips += unpacked
            notes += left_out
        title = PurePosixPath(display_name(zips[0].name)).stem if zips else ""
        return Gathering(tuple(clips), notes, title)

    def _unpack(self, file: ShortLivedFile, folder: Path) -> tuple[list[UploadedClip], tuple[str, ...]]:
        folder.mkdir()
        with open_zip(file.path, file.name) as archive:
            entries = list_entries(archive)
            labels, notes = sort_into_classes([entry.parts for entry in entries], or_by_name=True)
            if len(labels) > self._limits.max_clips:
                raise self._too_many()
            labelled = [(label, entries[number]) for number, label in labels.items()]
            clips, large = extract_clips(archive, labelled, folder, self._limits)
        return clips, (*notes, *large)

    def _check_room(self, held: _Held, n_clips: int, n_bytes: int) -> None:
        """Check that clips may be added; called with the lock held."""
        if len(held.gathering.clips) + n_clips > self._limits.max_clips:
            raise self._too_many()
        max_bytes = self._limits.max_unpacked_bytes
        if held.n_bytes + n_bytes > max_bytes:
            raise DatasetError(
                "unpacked_too_large",
                f"Your recordings are larger than {max_bytes / 2**20:.3g} MB in total, which is the most that this "
                "server accepts; give fewer or shorter clips, or compress them as ogg, mp3 or flac.",
            )
        if sum(other.n_bytes for other in self._held.values()) + n_bytes > MAX_FULL_GATHERINGS * max_bytes:
            raise _no_room()

    def _too_many(self) -> DatasetError:
        return DatasetError("too_many_clips", f"At most {self._limits.max_clips} clips are allowed; add fewer.")


def missing(n_clips: Counter[str], limits: UploadLimits) -> str:
    """One sentence that says what must be added, removed or renamed before a model can be trained.

    Args:
        n_clips: Number of clips of each class.
        limits: The limits.

    Returns:
        The sentence; empty if nothing is missing, or if there are no clips yet.
    """
    if not n_clips:
        return ""
    if "" in n_clips:
        return "Give every class a name."
    if len(n_clips) < limits.min_classes:
        return f"Add classes: at least {limits.min_classes} are needed."
    if len(n_clips) > limits.max_classes:
        return f"At most {limits.max_classes} classes are allowed. Remove some, or give two of them the same name."
    needed = limits.min_clips_per_class
    small = [f"“{label}” {needed - count}" for label, count in n_clips.items() if count < needed]
    return f"Each class needs at least {needed} clips. Clips to add: {', '.join(small)}." if small else ""


def _parts(name: str) -> tuple[str, ...]:
    parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))
    return parts or ("clip",)


def _is_zip(name: str) -> bool:
    return name.lower().endswith(ZIP)


def _no_room() -> PecmaeError:
    return PecmaeError(
        "too_many_files",
        "This server already holds as many recordings as it can; try again within the hour, or run the explorer on "
        "your own machine.",
    )
