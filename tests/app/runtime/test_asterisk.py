"""A real Asterisk, run both ways: it starts, answers, keeps what must be kept, and is gone after stop."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import six

from app.ports import free_tcp_port
from app.runtime import asterisk, choice
from app.runtime.asterisk import AsteriskRuntime, Instance, complaint
from app.runtime.process import Finished, run
from callcenter.errors import ConfigError, MachineError

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(120)]

RENDERED = ("asterisk", "pjsip-transport", "rtp", "manager", "pjsip", "queues", "globals", "extensions")
Make = Callable[[str, str], AsteriskRuntime]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make an instance with an empty centre, by (kind, name); all are stopped at the end."""
    made: list[AsteriskRuntime] = []

    def make_one(kind: str, name: str) -> AsteriskRuntime:
        place = Instance(name=f"unit-{name}-{free_tcp_port()}", folder=tmp_path / name)
        runtime = choice.pick(place, kind=kind)
        runtime.prepare()
        for file in RENDERED:
            (place.rendered / f"{file}.conf").write_text("")
        (place.rendered / "manager.conf").write_text(f"bindaddr = 127.0.0.1\nport = {free_tcp_port()}\n")
        made.append(runtime)
        return runtime

    yield make_one
    for runtime in made:
        runtime.stop()


def inside(runtime: AsteriskRuntime, *command: str) -> Finished:
    """Run `command` where Asterisk runs, as Asterisk."""
    if runtime.kind == "docker":
        return run(["docker", "exec", f"callcenter-{runtime.instance.name}", *command])
    uid, gid = asterisk.owner()
    return run(["chroot", f"--userspec={uid}:{gid}", "--groups=", str(runtime.instance.root), *command])


@pytest.mark.parametrize("kind", ["docker", "chroot"])
def test_it_starts_answers_and_is_gone_after_stop(make: Make, kind: str) -> None:
    runtime = make(kind, "one")
    runtime.start()
    assert runtime.alive()
    assert runtime.exec_cli("core show version").startswith("Asterisk 22.")
    assert "Asterisk Ready" in runtime.logs(1000)
    runtime.stop()
    assert not runtime.alive()
    assert "Asterisk Ready" in runtime.instance.console_log.read_text()
    with pytest.raises(MachineError, match="does not answer"):
        runtime.exec_cli("core show version")


@pytest.mark.parametrize("kind", ["docker", "chroot"])
def test_it_is_no_root_and_may_not_write_its_configuration(make: Make, kind: str) -> None:
    runtime = make(kind, "one")
    runtime.start()
    assert runtime.instance.inside("/var/lib/asterisk/astdb.sqlite3").stat().st_uid == asterisk.owner()[0] != 0
    for path in ("/etc/asterisk", "/etc/asterisk/extensions.conf", "/etc/asterisk/rendered/manager.conf", "/usr/sbin"):
        assert inside(runtime, "test", "-r", path).ok, path
        assert inside(runtime, "test", "-w", path).code == 1, path
    assert inside(runtime, "test", "-w", "/var/spool/asterisk").ok


@pytest.mark.parametrize("kind", ["docker", "chroot"])
def test_the_emergency_closure_outlives_a_restart(make: Make, kind: str) -> None:
    runtime = make(kind, "one")
    runtime.start()
    runtime.exec_cli("database put callcenter closure storm")
    runtime.start()  # stops the running one first
    assert "Value: storm" in runtime.exec_cli("database get callcenter closure")


@pytest.mark.parametrize("kind", ["docker", "chroot"])
def test_a_new_render_is_taken_over_without_a_restart(make: Make, kind: str) -> None:
    runtime = make(kind, "one")
    runtime.start()
    assert "CC_FALLBACK_QUEUE" not in runtime.exec_cli("dialplan show globals")
    (runtime.instance.rendered / "globals.conf").write_text("CC_FALLBACK_QUEUE = support\n")
    runtime.reload()
    assert "CC_FALLBACK_QUEUE=support" in runtime.exec_cli("dialplan show globals")


def test_two_run_side_by_side_whichever_way(make: Make) -> None:
    first, second = make("docker", "first"), make("chroot", "second")
    first.start()
    second.start()
    first.stop()
    assert second.exec_cli("core show uptime").startswith("System uptime")


@pytest.mark.parametrize("kind", ["docker", "chroot"])
def test_its_own_python_has_what_the_fallback_script_needs(make: Make, kind: str) -> None:
    runtime = make(kind, "one")
    runtime.start()
    done = inside(runtime, "python3", "-I", "-W", "error", "-c", "import asterisk.agi, six; print(six.__version__)")
    assert (done.text, done.ok) == (six.__version__, True)
    assert inside(runtime, "test", "-x", "/usr/share/asterisk/agi-bin/fallback.py").ok


def test_a_bad_choice_is_refused() -> None:
    with pytest.raises(ConfigError, match="CALLCENTER_RUNTIME='podman' is not one of auto, docker, chroot, external"):
        choice.wanted({"CALLCENTER_RUNTIME": "podman"})
    assert choice.wanted({}) == "auto"
    assert choice.decide({"CALLCENTER_RUNTIME": "chroot"}) == "chroot"


def test_somebody_elses_asterisk_is_left_alone(tmp_path: Path) -> None:
    runtime = choice.pick(Instance(name="far", folder=tmp_path), kind="external")
    runtime.start()
    runtime.stop()
    with pytest.raises(MachineError, match="run by somebody else"):
        runtime.exec_cli("core stop now")


def test_the_complaint_is_the_last_error_of_the_log() -> None:
    log = "Ready\n[x] ERROR[1]: Unable to bind\nbye\n"
    assert complaint(log) == "[x] ERROR[1]: Unable to bind"
    assert complaint("one\ntwo") == "two"
    assert complaint("") == "nothing was logged"
