"""PECMAE Explorer: explain how a prototype-based music classifier decides.

The method is PECMAE (Alonso-Jiménez et al., arXiv 2402.09318): prototypes are learned in the latent space of a frozen
generative autoencoder, so that everything a track is compared with can be decoded to sound.

`load` returns an `Explainer`, the way to use the package from Python. The names below are imported when they are first
used, so that `import pecmae` is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pecmae.bundles.bundle import list_bundles as list_bundles
    from pecmae.errors import AudioError as AudioError
    from pecmae.errors import BundleError as BundleError
    from pecmae.errors import DatasetError as DatasetError
    from pecmae.errors import HubError as HubError
    from pecmae.errors import NotFoundError as NotFoundError
    from pecmae.errors import PecmaeError as PecmaeError
    from pecmae.explain.explanation import Explanation as Explanation
    from pecmae.explainer import Explainer as Explainer
    from pecmae.explainer import load as load

__version__ = "0.2.0"

_NAMES = {
    "pecmae.explainer": ("load", "Explainer"),
    "pecmae.explain.explanation": ("Explanation",),
    "pecmae.bundles.bundle": ("list_bundles",),
    "pecmae.errors": ("PecmaeError", "AudioError", "BundleError", "DatasetError", "HubError", "NotFoundError"),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}
__all__ = ["__version__", *_MODULES]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'pecmae' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
