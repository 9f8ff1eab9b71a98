"""The state of the page in its address: `?bundle=NAME&example=ID&class=ID&prototype=ID&tab=ID`.

Other parameters, such as a language, are left alone. `static/address.js` writes the address. The state of a visitor's
own file is never in it.
"""

from collections.abc import Collection, Mapping

from babel.lists import format_list
from pydantic import BaseModel, ConfigDict, Field

from pecmae.page.languages import ENGLISH, Texts
from pecmae.server.jobs import is_private

TABS = ("explore", "prototypes", "question", "collection", "about")
"""Ids of the page's tabs; the first one is shown by default."""
_MAX_QUOTED = 60


class Address(BaseModel):
    """What an address asks for. What it doesn't name is None.

    Attributes:
        bundle: Name of a bundle, or id of a visitor's collection.
        example: Id of an example of the bundle.
        class_id: Id of the class whose contributions are shown.
        prototype: Id of the selected prototype.
        tab: Id of a tab.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    bundle: str | None = None
    example: str | None = None
    class_id: str | None = Field(default=None, validation_alias="class")
    prototype: str | None = None
    tab: str | None = None


def read_address(parameters: Mapping[str, str]) -> Address:
    """Read the parameters of an address; empty ones count as absent."""
    return Address.model_validate({name: value for name, value in parameters.items() if value})


def honour(
    address: Address, bundle: str | None, known: Mapping[str, Collection[str]], t: Texts = ENGLISH
) -> tuple[Address, str]:
    """Leave out what the page can't show.

    Args:
        address: What an address asks for.
        bundle: Name of the bundle that is shown.
        known: Ids of the `example`s, classes (`class_id`) and `prototype`s of this bundle, and of the `tab`s.
        t: The texts in the visitor's language.

    Returns:
        The address without what the page can't show, and one sentence that names what was left out; the sentence is
        empty if nothing was. If another bundle was asked for, only the bundle is named, not what belongs to it.
    """
    unknown = {}
    if address.bundle and address.bundle != bundle:
        is_own = is_private(address.bundle)
        unknown["bundle"] = (
            t("a visitor's collection") if is_own else t("the bundle “{name}”", name=_cut(address.bundle))
        )
        address = address.model_copy(update={"example": None, "class_id": None, "prototype": None})
    for field, kind in (
        ("example", t("the example “{name}”")),
        ("class_id", t("the class “{name}”")),
        ("prototype", t("the prototype “{name}”")),
        ("tab", t("the tab “{name}”")),
    ):
        value = getattr(address, field)
        if value and value not in known[field]:
            unknown[field] = kind.format(name=_cut(value))
    return address.model_copy(update=dict.fromkeys(unknown)), _sentence(list(unknown.values()), t)


def _cut(value: str) -> str:
    return value if len(value) <= _MAX_QUOTED else f"{value[:_MAX_QUOTED]}…"


def _sentence(unknown: list[str], t: Texts) -> str:
    if not unknown:
        return ""
    if len(unknown) == 1:
        only = unknown[0]
        return t("The link names {it}, which isn't available here; the page shows its default instead.", it=only)
    named = format_list(unknown, locale=t.locale)
    return t("The link names {them}, which aren't available here; the page shows its defaults instead.", them=named)
