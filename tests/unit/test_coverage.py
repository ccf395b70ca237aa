"""Who is not here yet: one standing a recipient, for each program type apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from network.coverage import (
    NONE_KNOWN,
    Coverage,
    Standing,
    coverage,
    coverage_sentences,
    coverage_tab,
    coverage_table,
    find_manager_words,
)
from network.members import Status
from network.programs import Grant, Program, ProgramType
from tests.builders import a_person, a_program

HS, AIAN, MSHS = ProgramType.HS_EHS, ProgramType.AIAN, ProgramType.MSHS
IDS = [f"wa-{letter}" for letter in "abcdef"]
PROGRAMS = [a_program(each, each.upper(), program_type=kind) for each, kind in zip(IDS, (AIAN, HS) * 3, strict=True)]


def counts(result: Coverage, kind: ProgramType) -> dict[str, int]:
    return {
        str(standing): result.types[kind].count(standing) for standing in Standing if result.types[kind].count(standing)
    }


def test_each_recipient_stands_where_it_got_furthest() -> None:
    people = [
        a_person("p1", recipient_id="wa-a"),
        a_person("p2", recipient_id="wa-d", status=Status.INVITE),
        a_person("p3", recipient_id="wa-f", status=Status.LEFT),
    ]
    result = coverage(PROGRAMS, people, in_conversation={"wa-b", "wa-a"}, invited={"wa-b", "wa-c"}, not_now={"wa-e"})
    assert result.standings == {
        "wa-a": Standing.MEMBER,
        "wa-b": Standing.IN_CONVERSATION,
        "wa-c": Standing.INVITED,
        "wa-d": Standing.CONTACT_KNOWN,
        "wa-e": Standing.NOT_NOW,
        "wa-f": Standing.NOT_YET,
    }


def test_a_not_now_is_kept_whatever_was_sent_before() -> None:
    result = coverage(PROGRAMS[:1], [], in_conversation=IDS, invited=IDS, not_now=IDS)
    assert result.standings["wa-a"] is Standing.NOT_NOW


def test_a_front_desk_alone_is_our_task_and_a_director_is_a_contact() -> None:
    desk = a_program("wa-a", front_desk_email="desk@example.org", phone="(360) 555-0101")
    director = a_program("wa-b", director_email="director@example.org")
    result = coverage([desk, director], [])
    assert result.standings == {"wa-a": Standing.NOT_YET, "wa-b": Standing.CONTACT_KNOWN}


def test_a_person_whose_row_vanished_is_no_member() -> None:
    assert coverage(PROGRAMS[:1], [a_person(recipient_id="wa-a", in_sheet=False)]).standings["wa-a"] is Standing.NOT_YET


def test_a_recipient_of_two_types_counts_under_both_and_is_one() -> None:
    both = a_program(
        "wa-esd", grants=(Grant("90CM009848", "ESD", MSHS, ("WA",)), Grant("10CH011508", "ESD", HS, ("WA",)))
    )
    result = coverage([both], [a_person(recipient_id="wa-esd")])
    assert result.total == 1
    assert result.types[MSHS].total == result.types[HS].total == 1
    assert result.types[MSHS].share == 1.0


def test_no_recipient_known_is_said_in_words_and_is_not_zero_percent() -> None:
    result = coverage([a_program("ct-x", program_type=HS, states=("CT",))], [])
    assert result.types[AIAN].share is None
    assert coverage_sentences(result)[0] == f"Tribal (AI/AN): {NONE_KNOWN}"
    assert coverage_sentences(result)[2] == "Head Start: 1 recipient · 1 not yet in touch (our task)"
    _, rows = coverage_table(result)
    assert rows[0][:2] == ("Tribal (AI/AN)", NONE_KNOWN)


def test_only_what_serves_our_states_counts_and_under_the_type_it_has_here() -> None:
    telamon = Program(
        "ga-telamon",
        "Telamon Corporation",
        (),
        (Grant("90CM009828", "Telamon", MSHS, ("GA",)), Grant("05CH011119", "Telamon", HS, ("IN",))),
    )
    result = coverage([telamon, a_program("wa-a")], [], states=("GA",))
    assert result.standings == {"ga-telamon": Standing.NOT_YET}
    assert (result.types[MSHS].total, result.types[HS].total) == (1, 0)


def test_the_counts_for_everybody_name_no_recipient() -> None:
    result = coverage([a_program("wa-lummi", "Lummi Nation")], [])
    shown = repr(coverage_table(result)) + repr(coverage_sentences(result))
    assert "ummi" not in shown


def test_the_coordinator_s_list_names_each_recipient_and_what_would_help() -> None:
    program = a_program("wa-lummi", "Lummi Nation", phone="(360) 555-0101")
    tab = coverage_tab(coverage([program], []), [program, a_program("or-x", states=("OR",))][:1])
    assert tab.title == "HMN coverage"
    assert tab.rows == [
        (
            "Tribal (AI/AN)",
            "Lummi Nation",
            "WA",
            "not yet in touch (our task)",
            "Find the health manager of Lummi Nation; front desk: (360) 555-0101; ask for the director.",
        )
    ]
    assert tab.preface[0] == "Who is not here yet"


def test_a_known_contact_is_to_be_invited_and_a_member_asks_nothing_of_us() -> None:
    programs = [a_program("wa-a", "Alpha", director_email="d@example.org"), a_program("wa-b", "Beta")]
    rows = coverage_tab(coverage(programs, [a_person(recipient_id="wa-b")]), programs).rows
    assert "Invite" in str(rows[0][-1])
    assert rows[1][-1] == ""


def test_the_search_for_a_manager_names_every_way_we_know() -> None:
    assert "Center Locator" in find_manager_words(a_program())
    words = find_manager_words(a_program(director="Ana Torres", director_email="ana@example.org", phone="555-0101"))
    assert "front desk: 555-0101" in words
    assert "ask the director: Ana Torres ana@example.org" in words


_SOME = st.sets(st.sampled_from(IDS))


@given(_SOME, _SOME, _SOME, _SOME)
def test_every_recipient_is_in_exactly_one_standing(
    members: set[str], talking: set[str], invited: set[str], not_now: set[str]
) -> None:
    people = [a_person(f"p-{each}", recipient_id=each) for each in sorted(members)]
    result = coverage(PROGRAMS, people, in_conversation=talking, invited=invited, not_now=not_now)
    assert sum(result.types[kind].total for kind in ProgramType) == len(PROGRAMS) == result.total
    assert members == {each for each, standing in result.standings.items() if standing is Standing.MEMBER}
