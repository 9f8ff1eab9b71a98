"""The server's bundles and autoencoders, each loaded once, and the explanation of clips with them.

A bundle can be shown before the pretrained weights of its autoencoder are on this machine; only explaining needs them.

One explanation runs at a time, because each uses every core. They all run in one thread, because PyTorch keeps a pool
of workers for every thread that calls it. Files are decoded in other threads meanwhile.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_S, SEGMENT_SAMPLES
from pecmae.audio.encoding import encode_audio
from pecmae.audio.reading import Clip, read_clip
from pecmae.bundles.bundle import Bundle, find_bundle, list_bundles, load_bundle, verify_autoencoder
from pecmae.bundles.hub import HubAddress, download_bundle
from pecmae.bundles.manifest import changed
from pecmae.errors import BundleError, DatasetError, HubError, NotFoundError, PecmaeError
from pecmae.explain.along import BATCH_SIZE, segments_along
from pecmae.explain.explaining import explain
from pecmae.explain.explanation import Explanation, SegmentExplanation
from pecmae.explain.tagging import Tag, tag_waveform
from pecmae.explainer import Explainer
from pecmae.networks.autoencoder import Embedder
from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.networks.fetching import MUSICNN
from pecmae.networks.musicnn import MusicnnEncoder
from pecmae.networks.pretrained import WeightsError, load_musicnn
from pecmae.server.gatherings import Gatherings
from pecmae.server.jobs import AUTOENCODER, Jobs, is_private
from pecmae.server.settings import Settings
from pecmae.server.short_lived_files import ShortLivedFiles
from pecmae.server.weights_fetcher import WeightsFetcher

MAX_SOUNDS = 100
_DECODERS = 2
_LOOK_AGAIN_S = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServiceStatus:
    """Whether the service can explain, and if not, why. While it loads, it isn't ready and has no problem."""

    ready: bool
    problem: PecmaeError | None


class ExplainerService:
    """Explains files with the bundles that the settings offer. The methods may be called from any thread.

    The constructor reads no files. A bundle is loaded at its first use, or in the background after `start`, which also
    downloads bundles from the Hub. Until such a bundle is downloaded, `bundle` raises `HubError` at once.

    Args:
        settings: Settings of the server.
        jobs: Visitors' collections, whose bundles can explain too; by default a new `Jobs`.
    """

    def __init__(self, settings: Settings, jobs: Jobs | None = None) -> None:
        self.settings = settings
        self.jobs = jobs or Jobs(settings)
        self.weights = WeightsFetcher(settings.models)
        self.uploads = ShortLivedFiles(max_bytes=settings.max_waiting_bytes)
        self.gatherings = Gatherings(settings.collection_limits)
        self.sounds = ShortLivedFiles(MAX_SOUNDS)
        self._loading = threading.Lock()
        self._decoding = threading.BoundedSemaphore(_DECODERS)
        self._explaining = ThreadPoolExecutor(max_workers=1, thread_name_prefix="explain")
        self._offers = {offer.name: offer.place for offer in settings.offers}
        self._downloads: dict[str, Path | PecmaeError] = {}
        self._bundles: dict[str, Bundle] = {}
        self._autoencoders: dict[str, tuple[Embedder, str]] = {}  # with their fingerprints
        self._tagger: MusicnnEncoder | None = None
        self._status = ServiceStatus(ready=False, problem=None)

    @property
    def status(self) -> ServiceStatus:
        """Whether the service can explain."""
        return self._status

    @property
    def bundle_names(self) -> list[str]:
        """Names of the bundles on offer, in order.

        If the settings list no bundles, all bundles of the models folder are on offer, the default one first. If they
        list only addresses on the Hub, the default bundle of the models folder follows, for use without a network.
        """
        if not self._offers:
            return list_bundles(self.settings.models)
        all_on_hub = all(isinstance(place, HubAddress) for place in self._offers.values())
        return [*self._offers, *(list_bundles(self.settings.models)[:1] if all_on_hub else [])]

    @property
    def default_name(self) -> str | None:
        """Name of the first bundle that can be loaded; otherwise of the first bundle; None if there is no bundle."""
        names = self.bundle_names
        for name in names:
            try:
                self.bundle(name)
            except PecmaeError:
                continue
            return name
        return names[0] if names else None

    def start(self) -> threading.Thread:
        """Call `warm_up` in a background thread, which is returned; again once missing weights are on this machine."""

        def keep_trying() -> None:
            self.warm_up()
            while isinstance(self._status.problem, WeightsError):
                time.sleep(_LOOK_AGAIN_S)
                if any(self.weights.are_here(item.manifest.autoencoder.name) for item in self._bundles.values()):
                    self.warm_up()

        thread = threading.Thread(target=keep_trying, name="warm-up", daemon=True)
        thread.start()
        return thread

    def warm_up(self) -> None:
        """Load every bundle and explain a clip with it, so that the first visitor needn't wait; the Hub's come last.

        Pretrained weights are fetched first. If no bundle can explain, `status` has the last error.
        """
        names: list[str | None] = [*self.bundle_names] or [None]
        for name in sorted(names, key=lambda name: isinstance(self._offers.get(name or ""), HubAddress)):
            try:
                self._download(name)
                self.weights.wait(self.bundle(name).manifest.autoencoder.name)
                self.explain_clip(_noise(), name)
            except PecmaeError as error:
                if not self._status.ready:
                    self._status = ServiceStatus(ready=False, problem=error)

    def bundle(self, name: str | None = None) -> Bundle:
        """Get a bundle; the first call loads and verifies it, with its autoencoder if that needs no download.

        Args:
            name: One of `bundle_names`, or the id of a visitor's collection; None for the default bundle.

        Returns:
            The bundle. The name in its manifest is its name on this server.

        Raises:
            NotFoundError: `unknown_bundle`; for a visitor's collection, `expired_collection` or `not_built`.
            HubError: The bundle is still being downloaded (`on_its_way`), or the download failed.
            BundleError: There is no bundle, or a file of the bundle or its autoencoder is missing or altered.
        """
        if name is not None and is_private(name):
            return self.jobs.bundle(name)
        name = name or self.default_name
        if name is None:
            raise BundleError(
                "no_bundles",
                f"There is no bundle in the models folder {str(self.settings.models)!r}; restore the repository's "
                "models, train a bundle with `python -m pecmae train`, or set PECMAE_MODELS.",
            )
        path = self._folder(name)
        with self._loading:
            if name not in self._bundles:
                try:
                    self._load(name, path)
                except OSError as error:
                    raise BundleError(
                        "unreadable_models", f"{path} can't be read: {error}; check its permissions."
                    ) from error
        return self._bundles[name]

    def _folder(self, name: str) -> Path:
        if name not in self._offers:
            if self._offers and name not in self.bundle_names:
                known = ", ".join(self.bundle_names)
                raise NotFoundError("unknown_bundle", f"There is no bundle {name!r}; the known ones are: {known}.")
            return find_bundle(name, self.settings.models)
        place = self._offers[name]
        if isinstance(place, Path):
            return place
        downloaded = self._downloads.get(name)
        if downloaded is None:
            raise HubError(
                "on_its_way", f"{place} is still being downloaded from the Hugging Face Hub; try again in a minute."
            )
        if isinstance(downloaded, PecmaeError):
            raise type(downloaded)(downloaded.code, downloaded.message)
        return downloaded

    def _download(self, name: str | None) -> None:
        place = self._offers.get(name or "")
        if name and isinstance(place, HubAddress):
            try:
                self._downloads[name] = download_bundle(place)
            except PecmaeError as error:
                self._downloads[name] = error
                _log.warning("%s", error.message)

    def load_private(self, path: Path, name: str) -> Bundle:
        """Load a visitor's bundle, and check that it can explain.

        Args:
            path: The bundle's folder.
            name: Its name on this server, which replaces the name in its manifest.

        Returns:
            The bundle.

        Raises:
            BundleError: The bundle is broken.
            DatasetError: The bundle can't explain, or it needs an autoencoder that this server doesn't have.
        """
        bundle = load_bundle(path)
        needed = bundle.manifest.autoencoder.name
        with self._loading:
            # No other autoencoder is loaded, because a stranger's bundle must not make this server download anything.
            if needed != AUTOENCODER and needed not in self._autoencoders:
                raise DatasetError(
                    "unknown_autoencoder",
                    f"This bundle needs the autoencoder {needed[:80]!r}, which this server doesn't have; open it "
                    "with an explorer that has a bundle of the same autoencoder.",
                )
            try:
                embedder = self._load_autoencoder(bundle)
            except BundleError as error:
                if error.code != "wrong_autoencoder":
                    raise
                raise DatasetError(
                    "other_autoencoder",
                    f"This bundle was built with another version of the autoencoder {needed!r}; build it again from "
                    "its recordings.",
                ) from error
        if bundle.network.dim != embedder.dim or bundle.manifest.segment_s != embedder.config.segment_s:
            raise DatasetError(
                "bad_bundle_zip",
                f"This bundle doesn't fit the autoencoder {needed!r} that it names; build it again from its "
                "recordings.",
            )
        bundle = replace(bundle, manifest=changed(bundle.manifest, name=name))
        try:  # every number may be finite and their sum still overflow
            self._explain(_noise(), bundle)
        except ValueError as error:
            raise DatasetError(
                "bad_bundle_zip",
                "This bundle can't explain audio, because its numbers are too large; build it again from its "
                "recordings.",
            ) from error
        return bundle

    def _load(self, name: str, path: Path) -> None:
        bundle = load_bundle(path)
        with contextlib.suppress(WeightsError):  # explaining raises it again
            self._load_autoencoder(bundle)
        self._bundles[name] = replace(bundle, manifest=changed(bundle.manifest, name=name))

    def _load_autoencoder(self, bundle: Bundle) -> Embedder:
        """The bundle's autoencoder, verified; called with `_loading` held."""
        name, models = bundle.manifest.autoencoder.name, self.settings.models
        if name not in self._autoencoders:
            self.weights.require(name)
            fingerprint = checkpoint_fingerprint(name, models)
            verify_autoencoder(bundle, fingerprint)
            self._autoencoders[name] = load_checkpoint(name, models), fingerprint
        embedder, fingerprint = self._autoencoders[name]
        verify_autoencoder(bundle, fingerprint)
        return embedder

    def explain_file(
        self, path: Path, name: str, bundle_name: str | None = None, first_part: bool = False
    ) -> Explanation:
        """Read a file and explain it.

        Args:
            path: The file.
            name: The visitor's name for it.
            bundle_name: Name of the bundle, as for `bundle`.
            first_part: Explain the first part of a clip that is too long, instead of raising an error.

        Returns:
            The explanation.

        Raises:
            AudioError: The file can't be analysed.
            NotFoundError: `unknown_bundle`.
            BundleError: The bundle or its autoencoder can't be loaded, or the weights are still being fetched.
        """
        self._autoencoder_of(self.bundle(bundle_name))  # raises its errors before the clip is decoded
        return self.explain_clip(self._read(path, name, first_part), bundle_name)

    def explain_along(
        self, path: Path, name: str, bundle_name: str | None = None, first_part: bool = False
    ) -> Iterator[tuple[list[SegmentExplanation], float]]:
        """Read a file and explain a segment for every second; arguments and errors as of `explain_file`.

        Other visitors' explanations take their turn between the batches.

        Yields:
            The next segments, and the fraction of the clip up to their end.

        Raises:
            AudioError: `too_many_segments`, or the errors of `explain_file`.
        """
        bundle = self.bundle(bundle_name)
        autoencoder = self._autoencoder_of(bundle)  # raises its errors before the clip is decoded
        clip = self._read(path, name, first_part)
        segments = segments_along(clip, bundle, autoencoder)
        while batch := self._explaining.submit(list, islice(segments, BATCH_SIZE)).result():
            yield batch, min(batch[-1].end_s / clip.read_s, 1.0)

    def tag_file(self, path: Path, name: str, first_part: bool = False) -> list[Tag]:
        """Read a file and tag it with MusiCNN; arguments as of `explain_file`.

        Returns:
            All tags, the most probable first.

        Raises:
            AudioError: The file can't be analysed.
            BundleError: MusiCNN's weights are still being fetched, or can't be had.
        """
        with self._loading:
            if self._tagger is None:
                self.weights.require(MUSICNN)
                self._tagger = load_musicnn()
        clip = self._read(path, name, first_part)
        return self._explaining.submit(tag_waveform, clip.waveform, self._tagger).result()

    def sonify(self, bundle_name: str | None, prototype_id: str, seed: int = 0) -> bytes:
        """Decode a prototype to sound.

        Args:
            bundle_name: Name of the bundle, as for `bundle`.
            prototype_id: Id of the prototype.
            seed: Seed of the noise, from 0 to 2^32 - 1.

        Returns:
            The sound of `Explainer.sonify` as a WAV file of 16 bits.

        Raises:
            NotFoundError: `unknown_bundle` or `unknown_prototype`.
            BundleError: The bundle or its autoencoder can't be loaded, or can't decode.
        """
        bundle = self.bundle(bundle_name)
        bundle.prototype(prototype_id)  # raises its error before the autoencoder is loaded
        explainer = Explainer(bundle, self._autoencoder_of(bundle))
        waveform, sample_rate = self._explaining.submit(explainer.sonify, prototype_id, seed=seed).result()
        return encode_audio(waveform, sample_rate, suffix=".wav")

    def _read(self, path: Path, name: str, first_part: bool) -> Clip:
        with self._decoding:
            return read_clip(path, name=name, limits=self.settings.limits, first_part=first_part)

    def explain_clip(self, clip: Clip, bundle_name: str | None = None) -> Explanation:
        """Explain a clip that was read before; the errors are those of `explain_file`."""
        explanation = self._explain(clip, self.bundle(bundle_name))
        self._status = ServiceStatus(ready=True, problem=None)
        return explanation

    def _explain(self, clip: Clip, bundle: Bundle) -> Explanation:
        return self._explaining.submit(explain, clip, bundle, self._autoencoder_of(bundle)).result()

    def _autoencoder_of(self, bundle: Bundle) -> Embedder:
        with self._loading:
            return self._load_autoencoder(bundle)


def _noise() -> Clip:
    """A clip of noise of one segment, to try out bundles."""
    waveform = np.random.default_rng(0).uniform(-0.1, 0.1, SEGMENT_SAMPLES).astype(np.float32)
    return Clip("noise", waveform, SEGMENT_S, SAMPLE_RATE, 1, SEGMENT_S, ())
