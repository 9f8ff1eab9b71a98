"""Read a counterfactual set that was rendered before. This needs no package of the extra `render`."""

from pathlib import Path

from pecmae.explain.counterfactuals import INDEX_FILE, CounterfactualSet, load_set, missing_files


def load_finished_set(folder: Path) -> CounterfactualSet | None:
    """Read a counterfactual set if all of its sounds are there.

    Args:
        folder: The set's folder, such as `assets/counterfactuals`.

    Returns:
        The set, or None if the index or a sound is missing or a sound was altered.

    Raises:
        BundleError: The index can't be read.
    """
    if not (folder / INDEX_FILE).is_file():
        return None
    stored = load_set(folder)
    is_whole = len(stored.files) == count_sounds(len(stored.classes), stored.n_sets)
    return stored if is_whole and not missing_files(folder, stored) else None


def count_sounds(n_classes: int, n_sets: int) -> int:
    """Number of sounds of a whole set: each score with each band of its set, and one shuffled piece per class."""
    return n_sets * n_classes**2 + n_classes
