"""Folders that mmdebstrap left unfinished."""

from pathlib import Path

from app.install.rootfs import mounts_below

MOUNTS = """\
/dev/vda / ext4 rw 0 0
proc /work/build/asterisk.unfinished/proc proc ro,relatime 0 0
tmpfs /work/build/asterisk.unfinished/dev tmpfs rw 0 0
tmpfs /work/build/asterisk.unfinished/dev/shm tmpfs rw 0 0
tmpfs /work/build/asterisk.unfinished-not tmpfs rw 0 0
tmpfs /work/two\\040words/proc tmpfs rw 0 0
"""


def test_what_is_mounted_in_a_folder_is_taken_down_from_within() -> None:
    folder = "/work/build/asterisk.unfinished"
    assert mounts_below(MOUNTS, Path(folder)) == [f"{folder}/dev/shm", f"{folder}/dev", f"{folder}/proc"]


def test_a_place_with_blanks_is_named_as_it_is() -> None:
    assert mounts_below(MOUNTS, Path("/work/two words")) == ["/work/two words/proc"]


def test_what_is_mounted_elsewhere_stays() -> None:
    assert mounts_below(MOUNTS, Path("/work/build/other")) == []
