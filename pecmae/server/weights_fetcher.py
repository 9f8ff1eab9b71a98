"""Fetches the pretrained weights that the server needs, in the background, never twice at the same time.

No request waits for a download: until the weights are on this machine, `require` raises an error at once. Only the
warm-up waits, with `wait`. After an attempt has failed, the first request at least `RETRY_S` later starts a new one.
Weights that arrive otherwise, such as by `python -m pecmae fetch`, are used at once.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pecmae.networks.fetching import MUSICNN, fetch_weights, is_fetched, needs_musicnn
from pecmae.networks.pretrained import WeightsError

RETRY_S = 60.0
_MEGABYTE = 2**20
_LOGS_PER_FILE = 4
_log = logging.getLogger(__name__)


@dataclass
class Attempt:
    """An attempt to fetch weights.

    Args:
        name: The name that `networks.fetching` knows them by.
        received_bytes: Bytes of the current file received so far.
        total_bytes: Size of the current file; 0 while it is unknown.
        error: Why the attempt failed.
        ended_s: When it ended, by the fetcher's clock.
    """

    name: str
    received_bytes: int = 0
    total_bytes: int = 0
    error: WeightsError | None = None
    ended_s: float | None = None
    thread: threading.Thread = field(default_factory=threading.Thread, repr=False)

    def note(self, received_bytes: int, total_bytes: int) -> None:
        """Note the progress, and log it whenever another quarter of the file has arrived."""
        part, before = (
            _LOGS_PER_FILE * received // total_bytes if total_bytes else 0
            for received in (received_bytes, self.received_bytes)
        )
        self.received_bytes, self.total_bytes = received_bytes, total_bytes
        if part > before:
            _log.info("Fetching the weights of %s: %s", self.name, self.progress_text)

    @property
    def progress_text(self) -> str:
        """The progress, such as "12 of 29 MB"."""
        received, total = self.received_bytes / _MEGABYTE, self.total_bytes / _MEGABYTE
        return f"{received:.0f} of {total:.0f} MB" if total else f"{received:.0f} MB so far"


class WeightsFetcher:
    """All downloads of pretrained weights by a server. The methods may be called from any thread.

    Args:
        models: The models folder.
        clock: A monotonic clock, in seconds.
    """

    def __init__(self, models: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._models = models
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: dict[str, Attempt] = {}

    @property
    def running(self) -> Attempt | None:
        """The download that is under way; the first if there are several."""
        return next((attempt for attempt in [*self._attempts.values()] if attempt.ended_s is None), None)

    def are_here(self, name: str) -> bool:
        """Whether the weights are on this machine."""
        return is_fetched(name, self._models)

    def require(self, name: str) -> None:
        """Return if the weights are on this machine; otherwise begin to fetch them.

        Args:
            name: The name of the weights.

        Raises:
            WeightsError: `weights_on_their_way`, or why the last attempt failed.
        """
        if self.are_here(name):
            return
        attempt = self._attempt(name)
        if attempt.error:
            raise WeightsError(attempt.error.code, attempt.error.message)
        raise WeightsError(
            "weights_on_their_way",
            f"The weights of {attempt.name} are still being fetched ({attempt.progress_text}); try again in a minute.",
        )

    def wait(self, name: str) -> None:
        """Fetch the weights unless they are on this machine, and wait for them; the errors are those of `require`."""
        if not self.are_here(name):
            self._attempt(name).thread.join()
            self.require(name)

    def _attempt(self, name: str) -> Attempt:
        if needs_musicnn(name, self._models):
            name = MUSICNN  # one download for all that need it
        with self._lock:
            attempt = self._attempts.get(name)
            if attempt is None or (attempt.ended_s is not None and self._clock() >= attempt.ended_s + RETRY_S):
                attempt = self._attempts[name] = Attempt(name)
                attempt.thread = threading.Thread(target=self._fetch, args=[attempt], name="fetch", daemon=True)
                attempt.thread.start()
            return attempt

    def _fetch(self, attempt: Attempt) -> None:
        _log.info("Fetching the weights of %s", attempt.name)
        try:
            files = fetch_weights(attempt.name, self._models, attempt.note)
        except WeightsError as error:
            attempt.error = error
            _log.warning("%s", error.message)
        else:
            _log.info("The weights of %s are in %s", attempt.name, ", ".join(map(str, files)))
        finally:
            attempt.ended_s = self._clock()
