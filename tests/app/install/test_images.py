"""Images: what is built from is listed once, agrees everywhere, and a stand-in is known as one."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.install import images, rootfs
from app.install.images import Base
from app.runtime.asterisk import GID, UID
from app.runtime.content import ROOT
from callcenter import dialplan
from callcenter.errors import MachineError


def compose() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text()
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def pins(name: str) -> dict[str, list[str]]:
    """Package==version → hashes of a lock file."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    entries = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {words[0]: sorted(word for word in words if word.startswith("--hash=")) for words in entries}


def test_every_base_image_has_a_stand_in() -> None:
    tags = {base.tag for base in images.bases(ROOT)}
    froms = re.findall(
        r"^FROM (\S+)", (ROOT / "Dockerfile").read_text() + (ROOT / "asterisk/Dockerfile").read_text(), re.M
    )
    composed = {service["image"] for service in compose()["services"].values() if "build" not in service}
    assert set(froms) | composed == tags


def test_each_stand_in_can_be_made() -> None:
    for base in images.bases(ROOT):
        kind, _, suite = base.recipe.partition(":")
        if kind == "suite":
            assert re.fullmatch("[a-z]+", suite)
        else:
            assert (ROOT / "scripts/stand-ins" / base.recipe).exists()
            assert images.below(ROOT, base) in {other.tag for other in images.bases(ROOT)}


def test_another_recipe_is_another_stand_in(tmp_path: Path) -> None:
    folder = tmp_path / "scripts/stand-ins"
    folder.mkdir(parents=True)
    (folder / "x.Dockerfile").write_text("FROM a\n")
    base = Base(tag="x:1", recipe="x.Dockerfile")
    before = images._recipe_hash(tmp_path, base)
    (folder / "x.Dockerfile").write_text("FROM b\n")
    assert images._recipe_hash(tmp_path, base) != before
    suites = [images._recipe_hash(ROOT, Base(tag="d", recipe=f"suite:{name}")) for name in ("forky", "bookworm")]
    assert len(set(suites)) == 2


def test_asterisk_is_pinned_to_the_version_we_know() -> None:
    lines = (ROOT / "asterisk/packages.txt").read_text().splitlines()
    assert "asterisk=1:22.*" in lines


def test_another_asterisk_stops_with_one_clear_line() -> None:
    told = rootfs.explain(MachineError("E: Version '1:22.*' for 'asterisk' was not found"))
    assert str(told).startswith("Debian forky has no Asterisk 22 any more")
    other = MachineError("E: something else")
    assert rootfs.explain(other) is other


EXPIRED = "E: Release file for x is expired (invalid since 15d)"


def test_a_stale_mirror_is_allowed_only_after_it_was_found_stale(tmp_path: Path) -> None:
    attempts: list[bool] = []

    def attempt(stale: bool) -> None:
        attempts.append(stale)
        if not stale:
            raise MachineError(EXPIRED)

    rootfs.allowing_stale(tmp_path, attempt)
    assert attempts == [False, True]
    rootfs.allowing_stale(tmp_path, attempt)
    assert attempts == [False, True, True]


@pytest.mark.parametrize("trouble", ["E: Unable to locate package x", "no room"])
def test_no_other_trouble_is_tried_again(trouble: str, tmp_path: Path) -> None:
    attempts: list[bool] = []

    def attempt(stale: bool) -> None:
        attempts.append(stale)
        raise MachineError(trouble)

    with pytest.raises(MachineError, match=trouble):
        rootfs.allowing_stale(tmp_path, attempt)
    assert attempts == [False]
    assert not rootfs.stale_mirror(tmp_path)


def test_the_fallback_script_runs_on_the_locked_versions() -> None:
    own, all_pins = pins("asterisk/agi-bin/requirements.lock"), pins("requirements.lock")
    assert {name.partition("==")[0] for name in own} == {"pyst2", "six"}
    assert own == {name: all_pins[name] for name in own}


def test_images_services_and_volumes_agree_on_who_asterisk_is() -> None:
    text = (ROOT / "asterisk/Dockerfile").read_text()
    assert f"--uid {UID} --gid {GID}" in text
    assert f"--gid {GID} asterisk" in (ROOT / "Dockerfile").read_text()
    assert f"uid={UID},gid={GID}" in "".join(compose()["services"]["asterisk"]["tmpfs"])


@pytest.mark.parametrize("name", ["asterisk/Dockerfile", "Dockerfile"])
def test_folders_shared_with_code_are_named_alike(name: str) -> None:
    assert dialplan.PROMPTS_DIR in (ROOT / name).read_text()


@pytest.mark.parametrize("service", compose()["services"])
def test_every_service_is_guarded(service: str) -> None:
    made = compose()["services"][service]
    assert made["read_only"] is True
    assert made["cap_drop"] == ["ALL"]
    assert made["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in made


def test_only_the_desk_is_published_and_on_loopback_unless_told_otherwise() -> None:
    services = compose()["services"]
    assert {name for name, service in services.items() if "ports" in service} == {"desk"}
    assert services["desk"]["ports"] == ["${CALLCENTER_DESK_ADDRESS:-127.0.0.1}:${CALLCENTER_DESK_PORT:-8080}:8080"]
    assert compose()["networks"]["callcenter"]["internal"] is True
