"""What turns a caller's voice into words and intents. Part of the extra `speech`.

Nothing here imports a package of the extra before it is known to be there (`capabilities`); the models run in worker
processes (`workers`, `worker`), except the detector of speech (`silero`), which is fast enough for the event loop.
"""
