"""Images: the official base images, or stand-ins made of Debian packages where no registry answers, and ours on top.

A stand-in carries a label, so it is known as one, made anew when its recipe changes, and never taken for the
official image. It also carries the certificates this machine trusts: where a proxy re-signs TLS, pip inside works.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.install.commands import stream
from app.install.rootfs import SLIM, STALE, allowing_stale, certificates, mmdebstrap
from app.install.steps import Progress
from app.runtime.content import asterisk_image, content_hash, services_image
from app.runtime.process import run
from callcenter.errors import MachineError

LABEL: Final = "callcenter.stand-in"
_LATEST: Final = "latest"
_PASSED_ON: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A base image: its tag, and `suite:NAME` or the Dockerfile its stand-in is made by."""

    tag: str
    recipe: str


def bases(root: Path) -> list[Base]:
    """The base images of scripts/base-images.txt."""
    lines = (root / "scripts/base-images.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [Base(tag=tag, recipe=recipe) for tag, recipe in pairs]


def base_ready(root: Path, base: Base) -> bool:
    """Whether `base` is there, official or as a stand-in made by the recipe as it is now."""
    found = run(["docker", "image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', base.tag])
    if not found.ok:
        return False
    label = found.out.strip()
    return label in ("", "<no value>", _recipe_hash(root, base))


def make_base(root: Path, base: Base, progress: Progress) -> str:
    """Pull `base`, or make its stand-in; return which."""
    if base_ready(root, base):
        return "there already"
    progress.tell(0.02, f"asking for {base.tag}")
    if _pull(base, progress):
        return f"{base.tag} pulled"
    progress.tell(0.05, f"no registry: making {base.tag}")
    if base.recipe.startswith("suite:"):
        _import_suite(root, base, progress)
    else:
        make_base(root, _base(root, below(root, base)), progress)
        folder = root / "scripts/stand-ins"
        label = f"{LABEL}={_recipe_hash(root, base)}"
        _build(root, folder / base.recipe, folder, progress, ["--tag", base.tag, "--label", label])
    return f"{base.tag} made from Debian packages"


def build_asterisk(root: Path, progress: Progress) -> str:
    """Build the Asterisk image; return its tag. Raise MachineError if Debian has no Asterisk 22 any more."""
    make_base(root, _base(root, "debian:forky-slim"), progress)
    tag = asterisk_image(root)
    _build(root, root / "asterisk/Dockerfile", root, progress, _tags(tag))
    return tag


def build_services(root: Path, progress: Progress) -> str:
    """Build the image of our own services; return its tag."""
    make_base(root, _base(root, "debian:bookworm-slim"), progress)
    tag = services_image(root)
    _build(root, root / "Dockerfile", root, progress, _tags(tag))
    return tag


def present(tag: str) -> bool:
    return run(["docker", "image", "inspect", tag]).ok


def _tags(tag: str) -> list[str]:
    return ["--tag", tag, "--tag", f"{tag.partition(':')[0]}:{_LATEST}"]


def _base(root: Path, tag: str) -> Base:
    return next(base for base in bases(root) if base.tag == tag)


def below(root: Path, base: Base) -> str:
    """Tag of the base image on which the stand-in of `base` is made; "" for a Debian suite."""
    if base.recipe.startswith("suite:"):
        return ""
    text = (root / "scripts/stand-ins" / base.recipe).read_text(encoding="utf-8")
    return next(line.split()[1] for line in text.splitlines() if line.startswith("FROM "))


def _recipe_hash(root: Path, base: Base) -> str:
    own = "".join(path.read_text() for path in certificates())
    if base.recipe.startswith("suite:"):
        return content_hash(root, [], extra=f"{base.recipe}{SLIM}{own}")
    return content_hash(root, [f"scripts/stand-ins/{base.recipe}", "scripts/stand-ins/postgres-entrypoint"], extra=own)


def _pull(base: Base, progress: Progress) -> bool:
    try:
        stream(["docker", "pull", base.tag], progress)
    except MachineError:
        return False
    return True


def _import_suite(root: Path, base: Base, progress: Progress) -> None:
    tar = root / "build" / f"{base.tag.replace(':', '-')}.tar"
    tar.parent.mkdir(exist_ok=True)
    try:
        mmdebstrap(root, base.recipe.partition(":")[2], tar, ["ca-certificates"], progress)
        label = f"LABEL {LABEL}={_recipe_hash(root, base)}"
        path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        changes = [part for change in ('CMD ["bash"]', path, label) for part in ("--change", change)]
        stream(["docker", "import", *changes, str(tar), base.tag], progress)
    finally:
        tar.unlink(missing_ok=True)


def _build(root: Path, file: Path, context: Path, progress: Progress, options: Sequence[str]) -> None:
    """docker build, once more with a stale mirror allowed if that is what it fails of."""
    begun = progress.fraction

    def follow(line: str) -> None:
        step = re.match(r"Step (\d+)/(\d+) : (.*)|#\d+ \[.*?(\d+)/(\d+)\] (.*)", line)
        if step:
            at, of, what = (part for part in step.groups() if part is not None)
            progress.tell(begun + (1 - begun) * (int(at) - 1) / int(of), what[:40])

    def attempt(stale: bool) -> None:
        given = [f"APT_OPTIONS={STALE}"] if stale else []
        given += [name for name in _PASSED_ON if name in os.environ]
        arguments = [part for one in given for part in ("--build-arg", one)]
        stream(["docker", "build", *arguments, *options, "--file", str(file), str(context)], progress, on_line=follow)

    allowing_stale(root, attempt)
