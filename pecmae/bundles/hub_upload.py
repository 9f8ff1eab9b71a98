"""Upload a bundle to the Hugging Face Hub: its files unchanged, and no others.

The model card already contains the Hub's metadata, so every uploaded file has the hash that the manifest states.
"""

from pecmae.bundles.bundle import Bundle
from pecmae.bundles.hub import HubAddress, hub_errors, out_of_reach
from pecmae.bundles.manifest import MANIFEST_FILE
from pecmae.errors import BundleError, HubError


def files_to_push(bundle: Bundle) -> dict[str, int]:
    """The files that a push uploads, the manifest first, and the size of each in bytes.

    Raises:
        BundleError: `not_shareable`: it contains excerpts of recordings that mustn't be passed on.
    """
    dataset = bundle.manifest.provenance.dataset
    if dataset is not None and dataset.shareable is False:
        raise BundleError(
            "not_shareable",
            f"{bundle.manifest.name} contains excerpts of {dataset.name}, whose recordings mustn't be passed on; share "
            "the command that built it instead.",
        )
    names = [MANIFEST_FILE, *bundle.manifest.files]
    return {name: (bundle.path / name).stat().st_size for name in names}


def push_bundle(bundle: Bundle, address: HubAddress, *, private: bool = False) -> str:
    """Upload a bundle in one commit; the repository is created if it doesn't exist.

    Audio files of an earlier version that this one lacks are removed. Other files of the repository stay.

    Args:
        bundle: The bundle, which was verified when it was loaded.
        address: The repository, and the branch if it isn't the main one; the branch is created if it doesn't exist.
        private: Whether a new repository is private; an existing one isn't changed.

    Returns:
        The commit's address in the browser.

    Raises:
        HubError: `not_logged_in`, `hub_unreachable` or another error of the Hub.
        BundleError: `not_accepted`: the Hub refuses the contents, such as the model card's metadata.
    """
    from huggingface_hub import HfApi, get_token

    if get_token() is None:
        raise HubError(
            "not_logged_in",
            "Pushing needs a token of the Hugging Face Hub that may write; run `hf auth login`, or set HF_TOKEN.",
        )
    api, manifest = HfApi(), bundle.manifest
    with hub_errors(address, f"{address} can't be pushed, as {out_of_reach()} and try again."):
        try:
            api.create_repo(address.repository, private=private or None, exist_ok=True)
            if address.revision is not None:
                api.create_branch(address.repository, branch=address.revision, exist_ok=True)
            commit = api.upload_folder(
                repo_id=address.repository,
                folder_path=bundle.path,
                revision=address.revision,
                commit_message=f"{manifest.name} {manifest.version}",
                allow_patterns=list(files_to_push(bundle)),
                delete_patterns="audio/*.ogg",
            )
        except ValueError as error:
            if isinstance(error, OSError):  # a response of the Hub
                raise
            reason = " ".join(str(error).split())
            raise BundleError(
                "not_accepted", f"The Hugging Face Hub doesn't accept {manifest.name}: {reason}"
            ) from error
    return str(commit.commit_url)
