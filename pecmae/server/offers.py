"""Which bundles the server offers, if not all of the models folder: the list in `PECMAE_BUNDLES`.

An entry is a name in the models folder, the path of a bundle's folder (it holds a slash), or an address on the Hugging
Face Hub. Its name in the menu's address and in the API is the folder's, or `owner--name` for a repository; whatever the
manifest says, so that nothing that is downloaded can take another bundle's name. Names must differ.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pecmae.bundles.hub import HubAddress, is_address, parse_address
from pecmae.bundles.manifest import NAME_PATTERN
from pecmae.errors import BundleError, PecmaeError


@dataclass(frozen=True)
class Offer:
    """A bundle that the server offers.

    Args:
        name: Its name in addresses.
        place: Its folder, or its address on the Hub.
    """

    name: str
    place: Path | HubAddress


def parse_offers(text: str, models: Path) -> tuple[Offer, ...]:
    """Read a list of bundles; none of them needs to exist.

    Args:
        text: Names, paths and addresses with commas or white space between.
        models: The models folder.

    Raises:
        PecmaeError: `bad_setting`, for a bad address, an unsafe name, or two bundles of one name.
    """
    offers: dict[str, Offer] = {}
    for entry in re.split(r"[\s,]+", text.strip(", \t\r\n")):
        offer = _parse_offer(entry, models)
        if offer.name in offers:
            raise PecmaeError(
                "bad_setting",
                f"PECMAE_BUNDLES names two bundles {offer.name!r}, {offers[offer.name].place} and {offer.place}; leave "
                "one out, or give a folder another name.",
            )
        offers[offer.name] = offer
    return tuple(offers.values())


def _parse_offer(entry: str, models: Path) -> Offer:
    if is_address(entry):
        try:
            address = parse_address(entry)
        except BundleError as error:
            raise PecmaeError("bad_setting", f"In PECMAE_BUNDLES, {error.message}") from error
        return Offer(address.bundle_name, address)
    path = Path(entry).expanduser() if re.search(r"[/\\]", entry) else models / entry
    if not NAME_PATTERN.fullmatch(path.name):
        raise PecmaeError(
            "bad_setting",
            f"PECMAE_BUNDLES holds {entry!r}, which can't name a bundle; give names in the models folder, paths of "
            "folders, or addresses such as hf://owner/name.",
        )
    return Offer(path.name, path)
