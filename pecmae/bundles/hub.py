"""Bundles on the Hugging Face Hub: addresses `hf://owner/name[@revision]`, and verified downloads of them.

A repository has a bundle's files at its root. Downloads are kept in the cache of huggingface_hub (`HF_HOME`), which
other programs share. If a download is interrupted, complete files stay, and the next download continues with the
others. For a branch, the newest state is used if the Hub answers, otherwise the last one that was downloaded.

huggingface_hub is imported when an address is used, because bundles of the models folder don't need it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pecmae.bundles.manifest import MANIFEST_FILE, Manifest, read_manifest
from pecmae.errors import BundleError, HubError
from pecmae.files import sha256

SCHEME = "hf://"
ADDRESS_FORM = f"{SCHEME}owner/name or {SCHEME}owner/name@revision"
_ADDRESS = re.compile(rf"{SCHEME}(?P<repository>[^/@]+/[^/@]+)(@(?P<revision>[\w.-]+(/[\w.-]+)*))?", re.ASCII)
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_MAX_REPOSITORY_LENGTH = 96


@dataclass(frozen=True)
class HubAddress:
    """The place of a bundle on the Hub.

    Args:
        repository: `owner/name`.
        revision: A branch, tag or commit; None for the main branch.
    """

    repository: str
    revision: str | None = None

    @property
    def bundle_name(self) -> str:
        """`owner--name`, which is safe in a path and differs from every repository's own name."""
        return self.repository.replace("/", "--")

    def __str__(self) -> str:
        return SCHEME + self.repository + (f"@{self.revision}" if self.revision else "")


def is_address(text: str) -> bool:
    """Whether a text is meant as an address on the Hub, even if it is mistyped."""
    return text.startswith(SCHEME)


def parse_repository(text: str) -> str:
    """Check the id of a repository, `owner/name`.

    Raises:
        BundleError: `bad_address`.
    """
    if (
        not _REPOSITORY.fullmatch(text)
        or len(text) > _MAX_REPOSITORY_LENGTH
        or any(part in text for part in ("--", ".."))
        or text.endswith((".git", ".", "-"))
    ):
        raise BundleError(
            "bad_address",
            f"{text!r} can't be a repository of the Hugging Face Hub; give owner/name, of letters, digits, '-', '_' "
            "and '.', each beginning with a letter or digit, without '--' or '..'.",
        )
    return text


def parse_address(text: str) -> HubAddress:
    """Parse and check an address.

    Args:
        text: `hf://owner/name` or `hf://owner/name@revision`.

    Raises:
        BundleError: `bad_address`.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or ".." in (match["revision"] or ""):
        raise BundleError("bad_address", f"{text!r} isn't an address on the Hugging Face Hub; write {ADDRESS_FORM}.")
    return HubAddress(parse_repository(match["repository"]), match["revision"])


def download_bundle(address: HubAddress) -> Path:
    """Download the files of a bundle that aren't cached, and verify all of them.

    The manifest is downloaded first, then the files that it lists and no others. A file whose hash isn't the manifest's
    is downloaded once more.

    Args:
        address: Where the bundle is.

    Returns:
        Its folder in the cache, which must not be changed.

    Raises:
        HubError: `unknown_repository`, `unknown_revision`, `gated_repository`, `not_a_bundle`, `hub_unreachable`,
            `hub_forbidden`, `hub_refused` or `hub_failed`.
        BundleError: `altered_file`, or as `manifest.parse_manifest`.
    """
    reason = out_of_reach()
    unreachable = (
        f"{address} isn't fully in the cache, and {reason} and try again, or use a bundle of the models folder."
    )
    with hub_errors(address, unreachable):
        folder, manifest = _fetch_manifest(address)
        _fetch_missing(address, folder, manifest)
        for name, expected in manifest.files.items():
            if sha256(folder / name) != expected and sha256(_fetch_again(address, folder, name)) != expected:
                raise BundleError(
                    "altered_file",
                    f"{name} of {address} isn't the file that its manifest describes, even when fetched again; tell "
                    "the bundle's owner, or name an earlier revision.",
                )
    return folder


def _fetch_manifest(address: HubAddress) -> tuple[Path, Manifest]:
    """The snapshot's folder, which is named after the commit, and its manifest."""
    from huggingface_hub import HfApi, hf_hub_download, hf_hub_url, try_to_load_from_cache

    repository, revision, source = address.repository, address.revision, f"{MANIFEST_FILE} of {address}"
    if not isinstance(try_to_load_from_cache(repository, MANIFEST_FILE, revision=revision), str):
        url = hf_hub_url(repository, MANIFEST_FILE, revision=revision)
        HfApi().get_hf_file_metadata(url=url)  # fails immediately, whereas the download would retry for a minute
    path = Path(hf_hub_download(repository, MANIFEST_FILE, revision=revision))
    try:
        return path.parent, read_manifest(path, source)
    except BundleError as error:
        if error.code != "bad_manifest":
            raise
        return path.parent, read_manifest(_fetch_again(address, path.parent, MANIFEST_FILE), source)


def _fetch_missing(address: HubAddress, folder: Path, manifest: Manifest) -> None:
    from huggingface_hub import snapshot_download

    missing = [name for name in manifest.files if not (folder / name).is_file()]
    if missing:
        snapshot_download(address.repository, revision=folder.name, allow_patterns=missing)
    for name in missing:
        if not (folder / name).is_file():
            raise HubError(
                "hub_unreachable",
                f"{name} of {address} isn't in the cache yet, and the Hugging Face Hub doesn't give it; connect to the "
                "network and try again, or tell the bundle's owner.",
            )


def _fetch_again(address: HubAddress, folder: Path, name: str) -> Path:
    from huggingface_hub import hf_hub_download

    if not (folder / name).is_symlink():  # without symbolic links, the damaged file would stay
        (folder / name).unlink()
    try:
        path = hf_hub_download(address.repository, name, revision=folder.name, force_download=True)
    except ValueError as error:  # what huggingface_hub raises if it can't ask the Hub
        raise BundleError(
            "altered_file",
            f"{folder / name} is damaged and can't be fetched again, as {out_of_reach()} and try again.",
        ) from error
    return Path(path)


def out_of_reach() -> str:
    """Why the Hub doesn't answer and what to do, as a part of a sentence."""
    from huggingface_hub import is_offline_mode

    if is_offline_mode():
        return "the Hugging Face Hub isn't asked while HF_HUB_OFFLINE is set; unset it"
    return "the Hugging Face Hub can't be reached; connect to the network"


@contextmanager
def hub_errors(address: HubAddress, unreachable: str) -> Iterator[None]:
    """Convert the exceptions of huggingface_hub to errors of one sentence.

    Args:
        address: The address in use.
        unreachable: The sentence if the Hub doesn't answer.

    Raises:
        HubError: In place of an exception of huggingface_hub.
    """
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise HubError(
            "gated_repository",
            f"The owner of {address} lets in only whom they know; ask for access on its page on the Hugging Face Hub, "
            "then log in with `hf auth login`.",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise HubError(
            "unknown_repository",
            f"There is no {address} on the Hugging Face Hub, or it's private; check the name, or log in with `hf auth "
            "login`.",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise HubError(
            "unknown_revision",
            f"{address.repository} has no branch, tag or commit {address.revision!r}; name one that its page on the "
            "Hugging Face Hub lists, or none.",
        ) from error
    except errors.RemoteEntryNotFoundError as error:
        raise HubError(
            "not_a_bundle", f"{address} holds no {MANIFEST_FILE}, so it isn't a bundle of PECMAE; check the name."
        ) from error
    except errors.HfHubHTTPError as error:
        status = f"{error.response.status_code} {error.response.reason_phrase}"
        if error.response.status_code in (401, 403):
            raise HubError(
                "hub_forbidden",
                f"The Hugging Face Hub doesn't let you do this with {address} ({status}); run `hf auth login` with a "
                "token that may.",
            ) from error
        raise HubError(
            "hub_refused", f"The Hugging Face Hub answers {status!r} for {address}; try again later."
        ) from error
    except (errors.HTTPError, errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as error:  # type: ignore[attr-defined]
        raise HubError("hub_unreachable", unreachable) from error
    except (OSError, RuntimeError) as error:  # a full disk, a broken connection; hf_xet raises RuntimeError
        raise HubError("hub_failed", f"The transfer of {address} failed ({error}); try again.") from error
