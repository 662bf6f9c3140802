"""Folders that mmdebstrap left unfinished."""

from pathlib import Path

from app.install.rootfs import mounts_below

MOUNTS = """\
/dev/vda / ext4 rw 0 0
proc /srv/build/asterisk.unfinished/proc proc ro,relatime 0 0
tmpfs /srv/build/asterisk.unfinished/dev tmpfs rw 0 0
tmpfs /srv/build/asterisk.unfinished/dev/shm tmpfs rw 0 0
tmpfs /srv/build/asterisk.unfinished-not tmpfs rw 0 0
tmpfs /srv/two\\040words/proc tmpfs rw 0 0
"""


def test_what_is_mounted_in_a_folder_is_taken_down_from_within() -> None:
    folder = "/srv/build/asterisk.unfinished"
    assert mounts_below(MOUNTS, Path(folder)) == [f"{folder}/dev/shm", f"{folder}/dev", f"{folder}/proc"]


def test_a_place_with_blanks_is_named_as_it_is() -> None:
    assert mounts_below(MOUNTS, Path("/srv/two words")) == ["/srv/two words/proc"]


def test_what_is_mounted_elsewhere_stays() -> None:
    assert mounts_below(MOUNTS, Path("/srv/build/other")) == []
