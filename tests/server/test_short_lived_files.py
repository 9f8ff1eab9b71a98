"""Short-lived files: unguessable addresses, one use, removal in time, a limit on their number."""

import io
import time

import pytest

from pecmae.errors import NotFoundError, PecmaeError
from pecmae.server.short_lived_files import ADDRESS, ShortLivedFiles


def add(files: ShortLivedFiles, contents: bytes = b"x", suffix: str = "") -> str:
    return files.add(io.BytesIO(contents), "track.mp3", suffix)


def test_equal_files_have_different_addresses() -> None:
    files = ShortLivedFiles()
    addresses = [add(files, suffix=suffix) for suffix in ("", "", ".wav")]
    assert len(set(addresses)) == 3 and all(ADDRESS.fullmatch(address) for address in addresses)
    assert len({files.get(address).path for address in addresses}) == 3
    files.close()


def test_a_file_is_used_once_and_removed() -> None:
    files = ShortLivedFiles()
    address = add(files, b"sound")
    with files.used(address) as file:
        assert (file.name, file.path.read_bytes()) == ("track.mp3", b"sound")
        with pytest.raises(NotFoundError), files.used(address):
            pass
    assert not file.path.exists()
    with pytest.raises(NotFoundError) as caught:
        files.get(address)
    assert caught.value.code == "expired_file"
    files.close()


def test_a_file_is_removed_although_its_use_fails() -> None:
    files = ShortLivedFiles()
    address = add(files)
    with pytest.raises(ZeroDivisionError), files.used(address) as file:
        raise ZeroDivisionError
    assert not file.path.exists()
    files.close()


def test_a_file_is_removed_in_time() -> None:
    files = ShortLivedFiles(kept_s=0.05)
    path = files.get(add(files)).path
    deadline = time.monotonic() + 20
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not path.exists()
    files.close()


def test_there_is_a_limit_and_room_after_a_use() -> None:
    files = ShortLivedFiles(max_files=1)
    address = add(files)
    with pytest.raises(PecmaeError) as caught:
        add(files)
    assert caught.value.code == "too_many_files"
    files.remove(address)
    add(files)
    files.close()


def test_only_the_user_can_enter_the_folder_which_is_removed_at_the_end() -> None:
    files = ShortLivedFiles()
    folder = files.get(add(files)).path.parent
    assert folder.stat().st_mode & 0o077 == 0
    files.close()
    assert not folder.exists()


@pytest.mark.parametrize("address", ["", "/etc/passwd", "../etc/passwd", ".", "A" * 32])
def test_an_address_is_never_a_path(address: str) -> None:
    files = ShortLivedFiles()
    add(files)
    with pytest.raises(NotFoundError):
        files.get(address)
    files.close()
