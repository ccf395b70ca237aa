"""Surveys: questions, responses, honest analysis, themes and the loop back to those who answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class QuestionKind(StrEnum):
    """How a question is answered."""

    SCALE = "scale"
    CHOICE = "choice"
    MANY = "many"
    TEXT = "text"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Question:
    """One row of *Survey questions*."""

    survey: str
    id: str
    text: str
    kind: QuestionKind
    labels: tuple[str, ...] = ()  # scale labels from low to high, or choices
    goal: str = ""  # which goal it feeds


@dataclass(frozen=True, slots=True)
class Response:
    """One person's answers; upserted by (survey, response id) with the latest submission winning."""

    survey: str
    response_id: str
    submitted_at: datetime
    answers: Mapping[str, tuple[str, ...]]  # question id -> values; an unanswered question has no key
    reference: str = ""  # personal reference where the survey is not anonymous
