"""Several sources of answers as one: each place is told with the name of its source in front."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from network.ports import SurveySource
from network.survey_outline import Outline
from network.surveys import Response

_BETWEEN = "|"


class SeveralSources:
    """`network.ports.SurveySource` over others by name; the names hold no "|"."""

    def __init__(self, sources: Mapping[str, SurveySource]) -> None:
        self._sources = sources

    def places(self) -> Sequence[str]:
        """Every place of every source."""
        return [f"{name}{_BETWEEN}{place}" for name, source in self._sources.items() for place in source.places()]

    def fetch(self, place: str, since: datetime | None) -> Iterable[Response]:
        """What its source gives."""
        name, _, inner = place.partition(_BETWEEN)
        return self._sources[name].fetch(inner, since)

    def outline(self, place: str) -> Outline:
        """What its source tells."""
        name, _, inner = place.partition(_BETWEEN)
        return self._sources[name].outline(inner)
