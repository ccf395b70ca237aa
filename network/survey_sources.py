"""Several sources of answers as one: each place is told with the name of its source in front."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from network.ports import SurveySource
from network.survey_outline import Outline
from network.surveys import Response

_BETWEEN = "|"


class SeveralSources:
    """`network.ports.SurveySource` over others by name; the names hold no "|".

    `others` opens further ones when answers are first asked for: who only looks at what is kept waits for none.
    """

    def __init__(
        self, sources: Mapping[str, SurveySource], others: Callable[[], Mapping[str, SurveySource]] | None = None
    ) -> None:
        self._sources, self._others = dict(sources), others

    def places(self) -> Sequence[str]:
        """Every place of every source."""
        return [f"{name}{_BETWEEN}{place}" for name, source in self._all().items() for place in source.places()]

    def fetch(self, place: str, since: datetime | None) -> Iterable[Response]:
        """What its source gives."""
        name, _, inner = place.partition(_BETWEEN)
        return self._all()[name].fetch(inner, since)

    def outline(self, place: str) -> Outline:
        """What its source tells."""
        name, _, inner = place.partition(_BETWEEN)
        return self._all()[name].outline(inner)

    def _all(self) -> Mapping[str, SurveySource]:
        if self._others is not None:
            self._sources |= self._others()
            self._others = None
        return self._sources
