"""What the server keeps in memory: the autoencoder and the bundles, each loaded once, and the order of work.

Explaining keeps every core busy, so one explanation runs at a time, on a thread of its own (PyTorch keeps a pool of
workers for every thread that calls it); files are decoded beside it. All methods may be called from any thread.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pecmae.audio import Clip, read_clip
from pecmae.bundle import Bundle, find_bundle, list_bundles, load_bundle, verify_autoencoder
from pecmae.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.config import SAMPLE_RATE, SEGMENT_S, SEGMENT_SAMPLES
from pecmae.embedder import Embedder
from pecmae.errors import BundleError, PecmaeError
from pecmae.explain import Explanation, explain
from pecmae.web.settings import Settings

_DECODERS = 2


@dataclass(frozen=True)
class ServiceStatus:
    """Whether the service can explain: `problem` says why it can't, if that is known; neither while it loads."""

    ready: bool
    problem: PecmaeError | None


class ExplainerService:
    """Explains files with the bundles of a models folder.

    The constructor reads nothing; bundles load when first asked for, or in the background after `start`.

    Args:
        settings: The models folder and the limits.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._loading = threading.Lock()
        self._decoding = threading.BoundedSemaphore(_DECODERS)
        self._explaining = ThreadPoolExecutor(max_workers=1, thread_name_prefix="explain")
        self._bundles: dict[str, Bundle] = {}
        self._autoencoders: dict[str, Embedder] = {}
        self._status = ServiceStatus(ready=False, problem=None)

    @property
    def status(self) -> ServiceStatus:
        return self._status

    @property
    def bundle_names(self) -> list[str]:
        """Names of the installed bundles, the default one first; empty if there is none."""
        return list_bundles(self.settings.models)

    def start(self) -> threading.Thread:
        """Load all bundles and explain a clip once, in the background, so that the first visitor needn't wait."""
        thread = threading.Thread(target=self.warm_up, name="warm-up", daemon=True)
        thread.start()
        return thread

    def warm_up(self) -> None:
        """Load all bundles and explain a clip with each; what fails is told by `status`."""
        noise = np.random.default_rng(0).uniform(-0.1, 0.1, SEGMENT_SAMPLES).astype(np.float32)
        clip = Clip("warm-up", noise, SEGMENT_S, SAMPLE_RATE, 1, SEGMENT_S, ())
        names: list[str] | list[None] = self.bundle_names or [None]
        for name in names:
            try:
                self.explain_clip(clip, name)
            except PecmaeError as error:
                if not self._status.ready:
                    self._status = ServiceStatus(ready=False, problem=error)

    def bundle(self, name: str | None = None) -> Bundle:
        """A bundle, loaded and verified with its autoencoder on the first call.

        Args:
            name: One of `bundle_names`; None for the default one.

        Raises:
            NotFoundError: `unknown_bundle`.
            BundleError: If there is no bundle at all, or files of it or of its autoencoder are missing or altered.
        """
        if not self.bundle_names:
            raise BundleError(
                "no_bundles",
                f"There is no bundle in the models folder {str(self.settings.models)!r}; fetch the repository's models "
                "again, train a bundle with `python -m pecmae train`, or set PECMAE_MODELS.",
            )
        path = find_bundle(name, self.settings.models)
        with self._loading:
            if path.name not in self._bundles:
                try:
                    self._load(path)
                except OSError as error:
                    raise BundleError(
                        "unreadable_models", f"{path} can't be read: {error}; check its rights."
                    ) from error
        return self._bundles[path.name]

    def _load(self, path: Path) -> None:
        bundle = load_bundle(path)
        name, models = bundle.manifest.autoencoder.name, self.settings.models
        verify_autoencoder(bundle, checkpoint_fingerprint(name, models))
        if name not in self._autoencoders:
            self._autoencoders[name] = load_checkpoint(name, models)
        self._bundles[path.name] = bundle

    def explain_file(
        self, path: Path, name: str, bundle_name: str | None = None, first_part: bool = False
    ) -> Explanation:
        """Read a file and explain it.

        Args:
            path: The file.
            name: What its owner calls it.
            bundle_name: One of `bundle_names`; None for the default one.
            first_part: Analyse the first part of a clip that is too long instead of refusing it.

        Returns:
            The explanation.

        Raises:
            AudioError: If the file can't be analysed.
            NotFoundError: `unknown_bundle`.
            BundleError: If the bundle can't be loaded.
        """
        self.bundle(bundle_name)  # an unknown name is told before the clip is decoded
        with self._decoding:
            clip = read_clip(path, name=name, limits=self.settings.limits, first_part=first_part)
        return self.explain_clip(clip, bundle_name)

    def explain_clip(self, clip: Clip, bundle_name: str | None = None) -> Explanation:
        """Explain a clip that was read already; errors as in `explain_file`."""
        bundle = self.bundle(bundle_name)
        autoencoder = self._autoencoders[bundle.manifest.autoencoder.name]
        explanation = self._explaining.submit(explain, clip, bundle, autoencoder).result()
        self._status = ServiceStatus(ready=True, problem=None)
        return explanation
