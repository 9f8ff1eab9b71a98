"""The errors that a user can cause or correct.

Each has a stable `code` for programs and one sentence for people, which says what is wrong and what to do. The command
line prints the sentence, the HTTP API returns it with a 4xx status, and the page shows it.
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
        """Pickle all fields, so that a worker process can pass the error to its parent."""
        return type(self), (self.code, self.message)


class AudioError(PecmaeError):
    """The given audio can't be analysed."""


class NotFoundError(PecmaeError):
    """A bundle, prototype or excerpt of that name doesn't exist."""


class BundleError(PecmaeError):
    """A bundle or a weights folder is incomplete, altered or of another version."""


class HubError(BundleError):
    """A bundle on the Hugging Face Hub can't be used: it is unknown, private, unreachable or still downloading."""


class DatasetError(PecmaeError):
    """A dataset of labelled audio can't be read or made."""


def first_few(items: Iterable[str], between: str = ", ") -> str:
    """Join the first three items for a message, and state how many more there are.

    Args:
        items: What to list.
        between: The separator.
    """
    listed = list(items)
    more = f" and {len(listed) - _N_NAMED:,} more" if len(listed) > _N_NAMED else ""
    return between.join(listed[:_N_NAMED]) + more


def first_fault(error: "ValidationError") -> str:
    """Describe the first fault that pydantic found, as part of a sentence.

    Args:
        error: What validation raised.

    Returns:
        The place and the fault, such as "classes.0.id: Field required".
    """
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    is_pattern = fault["type"] == "string_pattern_mismatch"  # pydantic would quote the regular expression
    message = "this text isn't allowed here" if is_pattern else fault["msg"]
    return f"{place}: {message}" if place else str(message)
