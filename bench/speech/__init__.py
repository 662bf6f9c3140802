"""How well speech is understood: sets of utterances made by text-to-speech, and what the recogniser makes of them."""
