"""Composing and rendering the project's own training music. Needs the extra `render`."""

from importlib.util import find_spec

from pecmae.errors import DatasetError

EXTRA_PACKAGES = ("mido", "pedalboard", "pretty_midi")


def require_extra() -> None:
    """Check that the packages of the extra `render` are installed, without importing them.

    Raises:
        DatasetError: `needs_render_extra`, with the command that installs them.
    """
    missing = [name for name in EXTRA_PACKAGES if find_spec(name) is None]
    if missing:
        raise DatasetError(
            "needs_render_extra",
            f"Rendering needs {', '.join(missing)}; install with `pip install -e '.[render]'`.",
        )
