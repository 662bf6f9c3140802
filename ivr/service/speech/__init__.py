"""Callers may speak: the impure door of ivr.speech. Everything of it is optional and degrades to keys.

    async with open_speech(options, sounds) as listener:          # None where the extra is not installed
        Ivr(Surroundings(..., listener=listener))

`Line.ask` gives a question with phrases to `listener.ask(line, question)` while its language is in
`listener.languages`, which is empty as long as no recogniser is there. Asterisk reaches us by AudioSocket at the
address at which it reaches our FastAGI, so there is nothing to configure in it.
"""

from ivr.service.speech.listener import SpeechListener
from ivr.service.speech.open import SpeechOptions, open_speech

__all__ = ["SpeechListener", "SpeechOptions", "open_speech"]
