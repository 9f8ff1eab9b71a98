"""The list of bundles that the server offers, from the setting `bundles` (`PECMAE_BUNDLES` or `--bundles`).

An entry is a name in the models folder, the path of a bundle's folder (anything with a slash or backslash), or an
address on the Hugging Face Hub (`hf://owner/name`). The API and the page know the bundle by the name of its folder, or
by `owner--name` for a repository. They ignore the name in the manifest, so that a downloaded bundle can't take the name
of another one. No two bundles on the list may have the same name.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pecmae.bundles.hub import HubAddress, is_address, parse_address
from pecmae.bundles.manifest import NAME_PATTERN
from pecmae.errors import BundleError, PecmaeError

SETTING = "the setting `bundles` (PECMAE_BUNDLES)"


@dataclass(frozen=True)
class Offer:
    """A bundle that the server offers.

    Args:
        name: Its name in the API and on the page.
        place: Its folder, or its address on the Hub.
    """

    name: str
    place: Path | HubAddress


def parse_offers(text: str, models: Path) -> tuple[Offer, ...]:
    """Parse a list of bundles, without checking that they exist.

    Args:
        text: Names, paths and addresses, separated by commas or white space.
        models: The models folder.

    Returns:
        The offers, in order.

    Raises:
        PecmaeError: `bad_setting`, for a bad address, an unsafe name, or two bundles with the same name.
    """
    offers: dict[str, Offer] = {}
    for entry in re.split(r"[\s,]+", text.strip(", \t\r\n")):
        offer = _parse_offer(entry, models)
        if offer.name in offers:
            raise PecmaeError(
                "bad_setting",
                f"{SETTING} lists two bundles with the name {offer.name!r}, {offers[offer.name].place} and "
                f"{offer.place}; leave one out, or rename a folder.",
            )
        offers[offer.name] = offer
    return tuple(offers.values())


def _parse_offer(entry: str, models: Path) -> Offer:
    if is_address(entry):
        try:
            address = parse_address(entry)
        except BundleError as error:
            raise PecmaeError("bad_setting", f"In {SETTING}, {error.message}") from error
        return Offer(address.bundle_name, address)
    path = Path(entry).expanduser() if re.search(r"[/\\]", entry) else models / entry
    if not NAME_PATTERN.fullmatch(path.name):
        raise PecmaeError(
            "bad_setting",
            f"The folder name {path.name!r} in {SETTING} isn't allowed; use letters, digits, '.', '_' and '-', a "
            "letter first.",
        )
    return Offer(path.name, path)
