"""An instance's root: hard links to the shared packages, its own folders kept, nothing shared ever written to."""

import socket
from pathlib import Path

import pytest

from app.runtime import asterisk, chroot
from app.runtime.asterisk import Instance
from app.runtime.chroot import ChrootAsterisk, link_tree
from callcenter.errors import ConfigError, MachineError


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "base-1"
    write(base / "usr/sbin/asterisk", "program")
    write(base / "usr/share/asterisk/agi-bin/debian.agi", "debian")
    write(base / "etc/asterisk/pjsip.conf", "debian's sample")
    write(base / "etc/passwd", "asterisk")
    write(base / "var/lib/asterisk/sounds/x", "x")
    (base / "lib").symlink_to("usr/lib")
    (base / "usr/lib/python3/dist-packages").mkdir(parents=True)
    return base


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    sources = tmp_path / "sources"
    write(sources / "asterisk/conf/extensions.conf", "ours")
    write(sources / "asterisk/agi-bin/fallback.py", "#!/usr/bin/python3\n")
    write(sources / "prompts/en/welcome.wav", "sound")
    return sources


def instance(tmp_path: Path) -> Instance:
    return Instance(name="test", folder=tmp_path / "instance")


def test_files_are_links_and_folders_are_real(base: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    link_tree(base, root, skip=("etc/asterisk",))
    assert (root / "usr/sbin/asterisk").samefile(base / "usr/sbin/asterisk")
    assert not (root / "usr/sbin").is_symlink()
    assert (root / "lib").is_symlink()
    assert not (root / "etc/asterisk").exists()


def test_our_conf_takes_the_place_of_debians(base: Path, sources: Path, tmp_path: Path) -> None:
    ChrootAsterisk(instance(tmp_path), root=sources, base=base).install()
    root = instance(tmp_path).root
    assert sorted(path.name for path in (root / "etc/asterisk").glob("*.conf")) == ["extensions.conf"]
    assert [path.name for path in (root / "usr/share/asterisk/agi-bin").iterdir()] == ["fallback.py"]
    assert (root / "usr/share/asterisk/agi-bin/fallback.py").stat().st_mode & 0o111
    assert (root / "usr/share/callcenter/prompts/en/welcome.wav").read_text() == "sound"
    assert (root / "usr/lib/python3/dist-packages/asterisk/agi.py").exists()
    assert (root / "usr/lib/python3/dist-packages/six.py").exists()
    assert (base / "etc/asterisk/pjsip.conf").read_text() == "debian's sample"
    assert (base / "usr/share/asterisk/agi-bin/debian.agi").exists()


def test_the_machines_own_name_needs_no_name_server(base: Path, sources: Path, tmp_path: Path) -> None:
    write(base / "etc/hosts", "127.0.0.1 localhost\n")
    ChrootAsterisk(instance(tmp_path), root=sources, base=base).install()
    hosts = instance(tmp_path).inside("/etc/hosts")
    assert socket.gethostname() in hosts.read_text().split()
    assert (base / "etc/hosts").read_text() == "127.0.0.1 localhost\n"


def test_the_machines_own_names_are_kept_and_completed(tmp_path: Path) -> None:
    hosts = tmp_path / "etc/hosts"
    chroot.write_hosts(hosts, "10.0.0.1 pbx # not localhost")
    assert hosts.read_text().splitlines() == [
        "10.0.0.1 pbx # not localhost",
        "127.0.0.1 localhost",
        f"127.0.0.1 {socket.gethostname()}",
    ]


def test_its_own_folders_outlive_an_upgrade_of_the_packages(base: Path, sources: Path, tmp_path: Path) -> None:
    ChrootAsterisk(instance(tmp_path), root=sources, base=base).install()
    place = instance(tmp_path)
    write(place.inside("/var/lib/asterisk/astdb.sqlite3"), "closed")
    write(place.rendered / "manager.conf", "secret")
    write(place.prompts / "en/welcome.ulaw", "recorded here")
    upgraded = base.rename(tmp_path / "base-2")
    write(upgraded / "usr/sbin/asterisk", "newer program")
    write(upgraded / "opt/new", "new")
    ChrootAsterisk(place, root=sources, base=upgraded).install()
    assert place.inside("/usr/sbin/asterisk").read_text() == "newer program"
    assert place.inside("/opt/new").exists()
    assert place.inside("/var/lib/asterisk/astdb.sqlite3").read_text() == "closed"
    assert (place.rendered / "manager.conf").read_text() == "secret"
    assert (place.prompts / "en/welcome.ulaw").read_text() == "recorded here"


def test_a_package_that_is_gone_is_gone_after_an_upgrade(base: Path, sources: Path, tmp_path: Path) -> None:
    place = instance(tmp_path)
    ChrootAsterisk(place, root=sources, base=base).install()
    upgraded = base.rename(tmp_path / "base-2")
    (upgraded / "etc/passwd").unlink()
    (upgraded / "usr/sbin/asterisk").rename(upgraded / "usr/sbin/asterisk22")
    ChrootAsterisk(place, root=sources, base=upgraded).install()
    assert not place.inside("/etc/passwd").exists()
    assert not place.inside("/usr/sbin/asterisk").exists()


def test_only_asterisks_group_may_read_what_was_rendered(tmp_path: Path) -> None:
    place = instance(tmp_path)
    asterisk.make_folders(place)
    write(place.rendered / "manager.conf", "secret")
    (place.rendered / "manager.conf").chmod(0o666)
    asterisk.hand_over(place)
    status = (place.rendered / "manager.conf").stat()
    assert (status.st_mode & 0o777, status.st_gid) == (0o640, asterisk.owner()[1])
    assert place.rendered.stat().st_mode & 0o007 == 0


def test_without_the_packages_the_command_to_give_is_told(tmp_path: Path, sources: Path) -> None:
    runtime = ChrootAsterisk(instance(tmp_path), root=sources, base=tmp_path / "nothing")
    with pytest.raises(MachineError, match="is not there: run CALLCENTER_RUNTIME=chroot scripts/bootstrap demo"):
        runtime.start()


@pytest.mark.parametrize("name", ["", "Main", "a b", "a/b", "-a", "x" * 60])
def test_a_name_that_cannot_name_a_container_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot name an Asterisk"):
        Instance(name=name, folder=Path("x"))


def test_a_library_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="the Python package no_such_library is not installed"):
        chroot._copy_library("no_such_library", tmp_path)
