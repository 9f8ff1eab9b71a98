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


def test_files_that_wait_have_a_limit_on_their_size() -> None:
    files = ShortLivedFiles(max_bytes=3)
    first = add(files, b"ab")
    with pytest.raises(PecmaeError) as caught:
        add(files, b"cd")
    assert caught.value.code == "too_many_files"
    files.hold(first, "mine")  # a held file has a limit of its own
    add(files, b"cd")
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


def test_a_held_file_stays_for_its_session_alone() -> None:
    files = ShortLivedFiles(kept_s=0.05)
    address, equal = add(files, b"sound"), add(files, b"sound")
    path = files.hold(address, "mine").path
    other = files.hold(equal, "theirs").path
    with pytest.raises(NotFoundError) as caught:
        files.hold(address, "theirs")
    assert caught.value.code == "expired_file"
    with pytest.raises(NotFoundError), files.used(address):
        pass
    time.sleep(0.2)  # longer than an upload is kept that nobody uses
    assert files.hold(address, "mine").path == path and path.read_bytes() == b"sound"
    files.release("mine")
    assert not path.exists() and other.read_bytes() == b"sound"
    files.close()


def test_a_held_file_is_removed_in_time_after_its_last_use() -> None:
    files = ShortLivedFiles(held_s=0.05)
    address = add(files)
    path = files.hold(address, "mine").path
    deadline = time.monotonic() + 20
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not path.exists()
    with pytest.raises(NotFoundError):
        files.hold(address, "mine")
    files.close()


def test_the_files_used_least_recently_make_room() -> None:
    files = ShortLivedFiles(max_files=1, max_held=4)
    addresses = []
    for session in ("a", "a", "a", "a", "b"):  # held files don't count as waiting ones
        addresses.append(add(files))
        files.hold(addresses[-1], session)
    with pytest.raises(NotFoundError):
        files.get(addresses[0])  # the fourth file of "a" took its place
    files.hold(addresses[1], "a")
    addresses.append(add(files))
    files.hold(addresses[-1], "c")
    with pytest.raises(NotFoundError):
        files.get(addresses[2])
    assert files.get(addresses[1]) and files.get(addresses[4])
    files.close()
