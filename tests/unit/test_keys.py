"""Keys made of people's words fit where they are kept, and two that differ stay two."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from network.goals import key_of
from network.keys import CURSOR, NAME, TASK, fitted
from network.newsletter import slug
from network.notices import Audience, Notice
from network.recipient_names import slug_of
from network.surveys import Survey
from network.tasks import NewTask, TaskKind
from tests.builders import a_message


@given(st.text(), st.integers(min_value=20, max_value=300))
def test_a_fitted_key_is_never_longer_than_asked_for_and_a_short_one_stays_as_it_is(key: str, most: int) -> None:
    found = fitted(key, most)
    assert len(found.encode(errors="replace")) <= most
    assert found == key or len(key.encode(errors="replace")) > most
    assert fitted(found, most) == found


def test_two_long_keys_that_begin_alike_stay_two() -> None:
    one, other = "a" * 400 + "1", "a" * 400 + "2"
    assert fitted(one, CURSOR) != fitted(other, CURSOR)
    assert Survey(one, ()).key != Survey(other, ()).key
    assert key_of(one) != key_of(other)
    assert slug(one) != slug(other)
    assert slug_of(one) != slug_of(other)


def test_two_notices_of_one_day_whose_subjects_begin_alike_are_two() -> None:
    long = "Quarterly meeting of all health managers in the state, "
    one, other = (Notice(1, Audience(), date(2026, 5, 4), long + end, "") for end in ("Spokane", "Yakima"))
    assert one.key != other.key


def test_a_survey_whose_name_is_long_in_bytes_still_names_a_file() -> None:
    assert len(f"{Survey('保健管理者' * 20, ()).key}.csv".encode()) < 255
    assert Survey("ß" * 60, ()).key != Survey("ß" * 61, ()).key


def test_the_key_of_a_task_and_of_a_message_fits_whatever_the_theme_is_called() -> None:
    theme = "Transportation to specialists " * 40
    assert len(NewTask(f"idea/fall/{theme}", TaskKind.SURVEY, "", "").key.encode()) <= TASK
    mail = a_message(item="x" * 500, step=f"came-of-{theme}", address=f"{'a' * 60}@{'b' * 250}.org")
    assert len(mail.key) <= 300
    assert len(mail.address_key) <= 600
    assert mail.key.endswith(f"/{mail.person_id}")  # by which a forgotten person's are found
    assert len(fitted(theme, NAME)) <= NAME
