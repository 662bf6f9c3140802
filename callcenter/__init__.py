"""Common ground of the call centre: words, records, messages, dialplan names, errors and adapters.

Imports nothing of the other packages; all of them import it.
"""

__version__ = "0.1.0"
