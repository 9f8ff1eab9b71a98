"""The errors a person can cause or mend.

Each carries a stable `code` for programs and one clear sentence for people: what is wrong and what to do. The command
line prints the sentence, the HTTP API answers it with a 4xx status, the page shows it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

_N_NAMED = 3


class PecmaeError(Exception):
    """An error with a stable code and one sentence.

    Args:
        code: Stable snake_case identifier, such as `too_short`.
        message: One sentence that says what is wrong and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["PecmaeError"], tuple[str, str]]:
        """Errors reach the parent of a worker process as they were."""
        return type(self), (self.code, self.message)


class AudioError(PecmaeError):
    """The given audio can't be analysed."""


class NotFoundError(PecmaeError):
    """A bundle, prototype or excerpt of that name doesn't exist."""


class BundleError(PecmaeError):
    """A bundle or a weights folder is incomplete, altered or of another version."""


class HubError(BundleError):
    """A bundle on the Hugging Face Hub isn't there to be used: refused, unknown, out of reach or on its way."""


class DatasetError(PecmaeError):
    """A dataset of labelled audio can't be read or made."""


def first_few(items: Iterable[str], between: str = ", ") -> str:
    """The first three for a message, and how many more there are."""
    listed = list(items)
    more = f" and {len(listed) - _N_NAMED:,} more" if len(listed) > _N_NAMED else ""
    return between.join(listed[:_N_NAMED]) + more


def first_fault(error: "ValidationError") -> str:
    """The first fault that pydantic found, as a part of a sentence: "classes.0.id: Field required"."""
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    is_pattern = fault["type"] == "string_pattern_mismatch"  # pydantic would quote the regular expression
    message = "this text isn't allowed here" if is_pattern else fault["msg"]
    return f"{place}: {message}" if place else str(message)
