"""Blocks that the newsletter writes by itself: open questions, one success, who is not here yet."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.local.words import PackagedWords
from network.furniture import first_tabs
from network.members import Language
from network.newsletter import Block
from network.newsletter_blocks import (
    BLOCKS,
    NOT_HERE,
    QUESTIONS,
    SUCCESS,
    Ask,
    Presence,
    Sources,
    Success,
    blocks_of,
)
from network.programs import ProgramType

WORDS = tomllib.loads(PackagedWords().read("newsletter/words.toml"))
EVERYTHING = Sources(
    switched_on=frozenset({QUESTIONS, SUCCESS, NOT_HERE}),
    asks=(
        Ask("Feedback October", date(2026, 10, 20), "https://example.org/form"),
        Ask("Topics", date(2026, 10, 31)),
    ),
    agenda=("Dental care for two-year-olds.",),
    success=Success("We now check *hearing* in the first week.", "Ana Torres"),
    presence=(
        Presence(ProgramType.AIAN, 3, 18),
        Presence(ProgramType.MSHS, 1, 4),
        Presence(ProgramType.HS_EHS, 20, 21),
    ),
)


def the_block(section: str, language: Language = Language.ENGLISH, sources: Sources = EVERYTHING) -> Block:
    return next(each for each in blocks_of(sources, language, WORDS) if each.section == section)


def test_open_questions_are_surveys_with_their_last_day_and_what_stands_on_the_agenda() -> None:
    text = the_block("questions").text
    assert "[answer the survey “Feedback October”](https://example.org/form), open until 20 October." in text
    assert "**Topics:** open until 31 October. Your own link comes in a mail of its own." in text
    assert "**On the agenda of the next meeting:** Dental care for two-year-olds." in text
    assert "abierta hasta el 20 de octubre" in the_block("questions", Language.SPANISH).text


def test_a_success_is_printed_in_plain_words_with_the_name_that_was_allowed() -> None:
    block = the_block("success")
    assert block.text.startswith("We now check hearing in the first week.")
    assert "\n\nShared by Ana Torres.\n\nDid something work" in block.text
    assert the_block("success", Language.SPANISH).heading == "Un logro (en inglés)"
    nameless = replace(EVERYTHING, success=Success("We now check hearing."))
    assert "Shared by" not in the_block("success", sources=nameless).text


def test_who_is_not_here_yet_is_told_in_numbers_and_never_so_small_that_somebody_is_meant() -> None:
    text = the_block("not_here").text
    assert "- **Tribal (AI/AN):** 3 of 18" in text
    assert "Migrant and Seasonal" not in text, "four programs are too few to be counted in public"
    assert "Head Start:" not in text, "one missing program would be named by the number"


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_number_that_is_told_leaves_several_possible(here: int, missing: int) -> None:
    told = Presence(ProgramType.AIAN, here, here + missing).is_told
    assert told == (here + missing >= 5 and (missing == 0 or missing >= 3))


@pytest.mark.parametrize("block", [QUESTIONS, SUCCESS, NOT_HERE])
@pytest.mark.parametrize("language", list(Language))
def test_each_block_can_be_switched_off_and_is_absent_when_it_has_nothing_to_say(
    block: str, language: Language
) -> None:
    assert len(blocks_of(EVERYTHING, language, WORDS)) == 3
    without = replace(EVERYTHING, switched_on=EVERYTHING.switched_on - {block})
    assert len(blocks_of(without, language, WORDS)) == 2
    assert blocks_of(Sources(frozenset({block})), language, WORDS) == ()


def test_a_new_sheet_lists_a_switch_for_every_block_and_tells_nothing_of_tribes_unasked() -> None:
    settings = first_tabs()[-1]
    switches = {row[0]: row[1] for row in settings.rows if str(row[0]).startswith("Block: ")}
    assert switches == {f"Block: {name}": "off" if name == NOT_HERE else "on" for name in BLOCKS}
