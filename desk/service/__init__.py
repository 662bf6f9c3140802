"""The desk over HTTP: the API, the screens, how everything is.

Nothing is imported here: commands use what publishes flows without the server around it.
"""
