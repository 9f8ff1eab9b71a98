"""Whether a track is unlike all training music: by hand, from a bundle's file, and where people read it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pecmae.audio.reading import read_clip
from pecmae.bundles.bundle import Bundle, load_bundle
from pecmae.bundles.novelty_detector import NOVELTY_FILE, NoveltyDetector, encode_detector, load_detector
from pecmae.bundles.writing import update_bundle, write_bundle
from pecmae.cli.explain import to_text
from pecmae.errors import BundleError
from pecmae.explain.explaining import explain
from pecmae.explain.explanation import NOVEL, Explanation
from pecmae.networks.autoencoder import GenerativeAutoencoder


@pytest.fixture
def detector() -> NoveltyDetector:
    """Music lies around (1, 0), speech above it."""
    return NoveltyDetector(
        mean=np.array([1.0, 0.0]),
        precision=np.diag([2.0, 0.5]),
        directions=np.array([[0.0, 1.0]]),
        typical=np.array([1.0, 0.0]),
        limits=np.array([3.0, 2.0]),
    )


def for_dim(detector: NoveltyDetector, dim: int, limit: float) -> NoveltyDetector:
    """The same limits for all measures in another dimension."""
    return replace(
        detector,
        mean=np.zeros(dim),
        precision=np.eye(dim),
        directions=np.zeros((1, dim)),
        typical=np.full(2, -1.0),
        limits=np.full(2, limit),
    )


def explained(bundle: Bundle, autoencoder: GenerativeAutoencoder, detector: NoveltyDetector | None) -> Explanation:
    clip = read_clip(bundle.point_audio(bundle.training.ids[0]))
    return explain(clip, replace(bundle, novelty=detector), autoencoder)


@pytest.mark.parametrize(
    ("embeddings", "score"),
    [
        ([[2.0, 0.0]], 0.0),  # distance 1, as typical as along the line to speech
        ([[6.0, 0.0]], 2.0),  # distance 5
        ([[1.0, 3.0]], 1.5),  # distance 1.5, but far towards speech
        ([[2.0, 0.0], [6.0, 0.0]], 1.0),  # mean distance 3
    ],
)
def test_score_by_hand(detector: NoveltyDetector, embeddings: list[list[float]], score: float) -> None:
    assert detector.score(np.array(embeddings)) == pytest.approx(score)


def test_a_bundle_keeps_its_detector(bundle_copy: Path, tmp_path: Path, detector: NoveltyDetector) -> None:
    old = load_bundle(bundle_copy)
    assert old.novelty is None
    fitting = for_dim(detector, old.network.dim, 3.0)
    parts = (old.manifest, old.network, old.training)
    written = write_bundle(tmp_path / "new", *parts, audio=(), model_card="# Card\n", novelty=fitting)
    kept = update_bundle(written, metrics={"n_neighbours": 3}).novelty
    assert kept is not None and NOVELTY_FILE in written.manifest.files
    np.testing.assert_array_equal(kept.limits, fitting.limits)
    np.testing.assert_array_equal(kept.precision, fitting.precision)
    again = write_bundle(tmp_path / "new", *parts, audio=(), model_card="# Card\n")
    assert again.novelty is None and not (tmp_path / "new" / NOVELTY_FILE).exists()


@pytest.mark.parametrize(
    "change",
    [{"mean": np.zeros(3)}, {"limits": np.array([3.0, np.nan])}, {"limits": np.array([1.0, 2.0])}],
    ids=["shape", "not a number", "limit below typical"],
)
def test_a_detector_that_does_not_fit_is_refused(
    detector: NoveltyDetector, tmp_path: Path, change: dict[str, np.ndarray]
) -> None:
    path = tmp_path / NOVELTY_FILE
    path.write_bytes(encode_detector(replace(detector, **change)))
    with pytest.raises(BundleError, match=r"novelty\.safetensors doesn't fit"):
        load_detector(path, 2)
    path.write_bytes(b"none")
    with pytest.raises(BundleError, match=r"novelty\.safetensors is broken"):
        load_detector(path, 2)


def test_without_a_detector_nothing_is_novel(bundle: Bundle, autoencoder: GenerativeAutoencoder) -> None:
    found = explained(bundle, autoencoder, None)
    assert (found.novelty.is_novel, found.novelty.score) == (False, None)
    assert NOVEL not in to_text(found, bundle) and NOVEL not in found._repr_html_()


@pytest.mark.parametrize(("limit", "is_novel"), [(0.0, True), (1e9, False)])
def test_novelty_is_said_before_any_class(
    bundle: Bundle, autoencoder: GenerativeAutoencoder, detector: NoveltyDetector, limit: float, is_novel: bool
) -> None:
    found = explained(bundle, autoencoder, for_dim(detector, bundle.network.dim, limit))
    assert found.novelty.is_novel is is_novel
    assert found.novelty.score is not None and (found.novelty.score > 1) is is_novel
    label = bundle.manifest.classes[found.predicted].label
    for text in (to_text(found, bundle), found._repr_html_()):
        assert (NOVEL in text) is is_novel
        assert not is_novel or text.index(NOVEL) < text.index(label)
