"""Approval is bound to words and audience, lapses when either changes, and can be called back for 15 minutes."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from network.approvals import Approval, Decision, code_of, fingerprint_of, holds_because, is_lapsed, may_start
from tests.builders import NOON


def an_approval(**fields: object) -> Approval:
    values = {
        "item": "recruitment/head_start/letter-1/HS_EHS",
        "fingerprint": "f1",
        "decision": Decision.APPROVED,
        "by": "Noor Haddenfield",
        "at": NOON,
        "addressees": 20,
    }
    return Approval(**(values | fields))  # type: ignore[arg-type]


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4), st.text(max_size=9), st.text(max_size=9))
def test_two_fingerprints_are_equal_only_for_the_same_words_and_audience(
    words: list[str], others: list[str], audience: str, other: str
) -> None:
    def seen(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))

    same = [seen(text) for text in (audience, *words)] == [seen(text) for text in (other, *others)]
    assert (fingerprint_of(words, audience) == fingerprint_of(others, other)) == same


def test_line_ends_do_not_lapse_an_approval() -> None:
    assert fingerprint_of(["Hello\r\nAna "], "x") == fingerprint_of(["Hello\nAna"], "x")


@given(st.text(), st.text(), st.integers(0, 5))
def test_a_code_has_four_signs_that_cannot_be_misread(item: str, fingerprint: str, attempt: int) -> None:
    code = code_of(item, fingerprint, attempt)
    assert len(code) == 4
    assert not set(code) & set("01ILOS5B8UVilo")
    assert code == code_of(item, fingerprint, attempt)


def test_sending_starts_fifteen_minutes_after_the_yes_and_not_before() -> None:
    approval = an_approval()
    assert not may_start(approval, "f1", NOON + timedelta(minutes=14))
    assert may_start(approval, "f1", NOON + timedelta(minutes=15))


def test_nothing_starts_without_a_yes_for_just_these_words() -> None:
    later = NOON + timedelta(days=1)
    assert not may_start(None, "f1", later)
    assert not may_start(an_approval(), "f2", later)
    assert not may_start(an_approval(decision=Decision.STOPPED), "f1", later)
    assert not may_start(an_approval(decision=Decision.NOT_YET), "f1", later)


def test_a_clearly_larger_list_lapses_and_people_leaving_never_do() -> None:
    approval = an_approval(addressees=20)
    assert not is_lapsed(approval, "f1", 24)  # four more: fewer than five
    assert is_lapsed(approval, "f1", 25)
    assert not is_lapsed(an_approval(addressees=100), "f1", 110)  # ten per cent
    assert is_lapsed(an_approval(addressees=100), "f1", 111)
    assert not is_lapsed(approval, "f1", 1)


def test_what_holds_is_said_in_the_words_of_the_screen() -> None:
    assert holds_because(None, "f1") == "waiting for your approval"
    assert holds_because(an_approval(), "f2") == "text or list changed, please look again"
    assert holds_because(an_approval(decision=Decision.NOT_YET), "f1") == "you said: not yet"
    assert holds_because(an_approval(), "f1") == ""
