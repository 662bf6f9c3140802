"""Settings that a process of ours starts with: from the environment, its passwords from the installation's file."""

from __future__ import annotations

import os
from dataclasses import replace

from app import secrets_file
from app.centre_file import load
from app.secrets_file import Secrets
from callcenter import dialplan, logs
from callcenter.centre import Centre
from callcenter.settings import Settings


def settings() -> Settings:
    """Settings from the environment, with logging set up."""
    found = Settings.from_env(os.environ)
    logs.configure(found.log_level)
    return complete(found)


def complete(settings: Settings) -> Settings:
    """Fill in AMI secrets that the environment does not give from the installation's file, if there is one yet."""
    if not settings.centre_file.exists():
        return settings
    ami = secrets_of(settings, load(settings.centre_file)).ami
    return replace(
        settings,
        ami_acd_secret=ami[dialplan.AMI_ACD],
        ami_dialer_secret=ami[dialplan.AMI_DIALER],
        ami_check_secret=ami[dialplan.AMI_CHECK],
    )


def secrets_of(settings: Settings, centre: Centre) -> Secrets:
    """The secrets of this installation; AMI secrets from the environment go before those in the file."""
    known = secrets_file.load_or_create(settings.data_dir, centre)
    given = {
        dialplan.AMI_ACD: settings.ami_acd_secret,
        dialplan.AMI_DIALER: settings.ami_dialer_secret,
        dialplan.AMI_CHECK: settings.ami_check_secret,
    }
    return replace(known, ami={**known.ami, **{user: secret for user, secret in given.items() if secret}})
