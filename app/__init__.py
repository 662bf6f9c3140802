"""Composition root: the `callcenter` command and the wiring. Imports all, nothing imports it."""
