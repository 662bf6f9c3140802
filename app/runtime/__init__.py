"""Starts and stops what is not our own code: Asterisk (Docker or chroot), the Docker engine, Redis, compose.

Nothing here imports a third-party package, because installation itself (app/install) runs on a bare Python.
"""
