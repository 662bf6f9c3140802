"""Brings a bare Debian machine to where the `callcenter` command runs: packages, .venv, images, schema.

Runs on the system's Python before there is a .venv, so nothing here imports a third-party package.
"""
