"""The stand-in for Mailchimp, looked at through HTTP, and the real client against its good and bad moods."""

from __future__ import annotations

import pickle
import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from integrations.mailchimp.client import MailchimpClient
from integrations.mailchimp.errors import MailchimpError
from network.audience import NotTaken, Subscriber
from network.campaigns import CampaignDraft
from network.errors import ConfigurationError, PermanentError, TransientError
from tests.emulated.description import faults_in, skip_without_description
from tests.emulated.mailchimp import LIST, Account
from tests.emulated.stand_in import StandIn

NOON = datetime(2026, 10, 6, 17, 0, tzinfo=UTC)
ANA, BEA = "ana@example.org", "bea@example.org"
MEMBERS = f"/3.0/lists/{LIST}/members"


@pytest.fixture
def account(running: StandIn) -> Iterator[Account]:
    running.reset()
    account = Account(running)
    account.at(NOON)
    yield account
    assert not running.control("requests")["unmatched"]


def a_subscriber(address: str = ANA, **fields: str) -> Subscriber:
    values = {"First name": "Ana", **{name.replace("_", " "): value for name, value in fields.items()}}
    return Subscriber(address, "subscribed", values, frozenset({"HMN manager"}), "en")


def a_draft(*recipients: str, title: str = "October 2026, members, English") -> CampaignDraft:
    words = '<h1>Hello *|FNAME|*</h1><a href="https://example.org/lead?utm=1">Lead</a><a href="*|UNSUB|*">Stop</a>'
    return CampaignDraft(
        title, "School", "Soon", words, "Hello *|FNAME|* *|UNSUB|*", recipients, "hmn@example.org", "Noor"
    )


def put(account: Account, *recipients: str) -> str:
    campaigns = account.campaigns()
    made = campaigns.begin(a_draft(*recipients))
    return campaigns.put(made.id, a_draft(*recipients)).id


def call(account: Account, method: str, path: str, body: Any = None) -> requests.Response:
    url = f"{account.stand_in.base_url}/3.0{path}"
    return requests.request(method, url, json=body, auth=("any", "key-us6"), timeout=10)


# --- what it is, through HTTP ----------------------------------------------------------------------------------------


def test_without_a_key_nothing_is_answered(account: Account) -> None:
    answer = requests.get(f"{account.stand_in.base_url}{MEMBERS}", timeout=10)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["title"] == "API Key Invalid"


def test_an_unknown_member_is_a_problem_in_its_own_shape(account: Account) -> None:
    answer = call(account, "GET", f"/lists/{LIST}/members/{'0' * 32}")
    assert (answer.status_code, answer.json()["title"]) == (404, "Resource Not Found")
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("act", "status", "title"),
    [
        ("unsubscribe", 400, "Member In Compliance State"),
        ("bounce", 400, "Member In Compliance State"),
        ("admin unsubscribe", 200, ""),
    ],
)
def test_only_who_left_by_themselves_is_protected(account: Account, act: str, status: int, title: str) -> None:
    account.audience().apply([a_subscriber()], [], [])
    account.act(act, ANA)
    key = call(account, "GET", f"/lists/{LIST}/members").json()["members"][0]["id"]
    answer = call(account, "PATCH", f"/lists/{LIST}/members/{key}", {"status": "subscribed"})
    assert (answer.status_code, answer.json().get("title", "")) == (status, title)


def test_somebody_archived_stays_so_without_a_status_and_comes_back_with_one(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    account.audience().apply([], [], [ANA])
    key = call(account, "GET", f"/lists/{LIST}/members?status=archived").json()["members"][0]["id"]
    body = {"email_address": ANA, "status_if_new": "subscribed"}
    assert call(account, "PUT", f"/lists/{LIST}/members/{key}", body).json()["status"] == "archived"
    answer = call(account, "PUT", f"/lists/{LIST}/members/{key}", {**body, "status": "subscribed"})
    assert answer.json()["status"] == "subscribed"


def test_a_list_with_double_opt_in_waits_for_the_confirmation(account: Account) -> None:
    account.set_up(double_optin=True)
    account.audience().apply([a_subscriber()], [], [])
    assert account.statuses() == {ANA: "pending"}
    account.act("confirm", ANA)
    assert account.statuses() == {ANA: "subscribed"}


def test_pages_are_ten_by_default_and_a_thousand_at_most(account: Account) -> None:
    account.audience().apply([a_subscriber(f"p{number}@example.org") for number in range(30)], [], [])
    assert len(call(account, "GET", f"/lists/{LIST}/members").json()["members"]) == 10
    answer = call(account, "GET", f"/lists/{LIST}/members?count=2000&offset=25&fields=members.id,total_items").json()
    assert [len(answer["members"]), answer["total_items"], sorted(answer["members"][0])] == [5, 30, ["id"]]


def test_a_merge_tag_has_ten_signs(account: Account) -> None:
    body = {"name": "Long", "type": "text", "tag": "HMNSOMETHINGLONG"}
    assert call(account, "POST", f"/lists/{LIST}/merge-fields", body).json()["tag"] == "HMNSOMETHI"


def test_the_eleventh_request_at_once_is_refused(account: Account) -> None:
    account.fault("delay", seconds=60, path="/3.0/", times=1)
    answers: queue.SimpleQueue[int] = queue.SimpleQueue()
    asking = [
        threading.Thread(target=lambda: answers.put(call(account, "GET", "/campaigns").status_code)) for _ in range(14)
    ]
    for each in asking:
        each.start()
    # Ten wait for the delay, however slowly they come; only those beyond them are answered before it ends.
    refused = [answers.get(timeout=50) for _ in range(4)]
    account.stand_in.control("calm", {})
    for each in asking:
        each.join()
    assert refused == [429] * 4
    assert [answers.get_nowait() for _ in range(10)] == [200] * 10


def test_a_campaign_is_scheduled_on_a_quarter_of_an_hour_only_and_goes_by_the_clock(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    made = put(account, ANA)
    late = {"schedule_time": "2026-10-06T17:10:00+00:00"}
    assert call(account, "POST", f"/campaigns/{made}/actions/schedule", late).status_code == 400
    good = {"schedule_time": "2026-10-06T17:15:00+00:00"}
    assert call(account, "POST", f"/campaigns/{made}/actions/schedule", good).status_code == 204
    account.at(NOON + timedelta(minutes=15))
    assert call(account, "GET", f"/campaigns/{made}").json()["status"] == "sending"
    account.at(NOON + timedelta(minutes=17))
    assert call(account, "GET", f"/campaigns/{made}").json()["status"] == "sent"
    assert [each["email"] for each in account.look()["mails"]] == [ANA]
    assert "Hello Ana" in account.look()["mails"][0]["text"]


def test_a_campaign_that_is_not_ready_says_why_in_its_checklist_alone(account: Account) -> None:
    made = account.campaigns().begin(a_draft()).id
    answer = call(account, "POST", f"/campaigns/{made}/actions/send")
    assert answer.json()["detail"] == "Your Campaign is not ready to send."
    listed = call(account, "GET", f"/campaigns/{made}/send-checklist").json()
    assert {each["heading"] for each in listed["items"]} == {"Content", "List"}


def test_a_plan_without_mails_left_is_said_in_words(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    made = put(account, ANA)
    account.set_up(sends_left=0)
    with pytest.raises(PermanentError, match="Has the plan no mails left this month"):
        account.campaigns().send(made)


def test_there_is_no_report_before_it_was_sent(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    assert call(account, "GET", f"/reports/{put(account, ANA)}").status_code == 404


# --- the client: nothing fails silently ------------------------------------------------------------------------------


def quick(account: Account) -> MailchimpClient:
    return account.client(timeout=(1.0, 0.4))


@pytest.mark.parametrize("mood", ["429", "empty-429", "403", "500", "502", "503", "504", "drop", "truncated"])
def test_a_read_is_repeated_through_every_bad_mood(account: Account, mood: str) -> None:
    account.fault(mood, "after" if mood == "truncated" else "before", path="/campaigns", times=2)
    client = account.client()
    assert client.call(client.api.campaigns.list)["total_items"] == 0


@pytest.mark.parametrize("mood", ["429", "empty-429", "403", "500", "502", "503", "504", "drop", "truncated"])
def test_a_mood_that_stays_is_an_error_that_travels_and_names_nobody(account: Account, mood: str) -> None:
    account.fault(mood, "after" if mood == "truncated" else "before", path="/campaigns", times=9)
    client = account.client()
    with pytest.raises(MailchimpError) as caught:
        client.call(client.api.campaigns.list)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.status, again.title, again.was_lost) == (
        caught.value.status,
        caught.value.title,
        caught.value.was_lost,
    )
    assert caught.value.is_passing
    with pytest.raises(TransientError):
        client.ask(client.api.campaigns.list)


def test_a_refusal_is_told_with_its_title_and_without_the_address(account: Account) -> None:
    account.set_up(fake=[ANA])
    client = account.client()
    body = {"email_address": ANA, "status_if_new": "subscribed"}
    key = "f0bb4a5b1e0e3b0b0b0b0b0b0b0b0b0b"
    with pytest.raises(MailchimpError) as caught:
        client.call(client.api.lists.set_list_member, LIST, key, body)
    assert ANA not in str(caught.value)
    assert caught.value.title


def test_a_wrong_key_says_which_setting(account: Account) -> None:
    account.fault("401", path="/campaigns")
    client = account.client()
    with pytest.raises(ConfigurationError, match="HMN_MAILCHIMP_API_KEY"):
        client.ask(client.api.campaigns.list)


def test_a_hanging_answer_is_given_up(account: Account) -> None:
    account.fault("delay", path="/campaigns", seconds=0.8, times=1)
    client = quick(account)
    assert client.call(client.api.campaigns.list)["total_items"] == 0


def test_a_server_that_is_not_there_carried_nothing() -> None:
    client = MailchimpClient("key-us6", "http://127.0.0.1:9/3.0", pause=0.01)
    with pytest.raises(TransientError) as caught:
        client.ask(client.api.campaigns.send, "c1")
    assert not caught.value.request_left


@pytest.mark.parametrize("key", ["nodash", "key-", "", "key-us6/"])
def test_a_key_without_a_data_centre_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(ConfigurationError):
        MailchimpClient(key)


def test_the_data_centre_stands_in_the_key() -> None:
    client = MailchimpClient("abc-us21")
    assert client.api.api_client.host == "https://us21.api.mailchimp.com/3.0"


def test_few_connections_are_kept_for_many_calls(account: Account) -> None:
    audience = account.audience()
    audience.apply([a_subscriber(f"p{number}@example.org") for number in range(40)], [], [])
    changed = [a_subscriber(f"p{number}@example.org", Role="Nurse") for number in range(40)]
    answer = audience.apply([], changed, [])
    assert len(answer.seen) == 40
    assert not [each for each in account.asked("PATCH") if each["status"] != 200]


# --- sending: never twice --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mood", ["502", "503", "drop", "truncated", "500"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unclear_send_is_tried_once_and_told_as_unclear(account: Account, mood: str, when: str) -> None:
    account.audience().apply([a_subscriber()], [], [])
    made = put(account, ANA)
    if mood == "truncated":
        account.fault("504", when, path="/actions/send")
    else:
        account.fault(mood, when, path="/actions/send")
    with pytest.raises(TransientError) as caught:
        account.campaigns().send(made)
    assert caught.value.request_left
    assert len([each for each in account.asked("POST") if each["path"].endswith("/actions/send")]) == 1
    found = account.campaigns().look(made)
    assert found is not None
    assert found.state == ("draft" if when == "before" else "sending")


def test_a_send_that_was_never_taken_is_repeated_by_itself(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    made = put(account, ANA)
    account.fault("429", path="/actions/send", times=2)
    account.campaigns().send(made)
    assert len(account.look()["mails"]) == 1


def test_a_campaign_whose_creation_was_unclear_is_found_and_not_made_again(account: Account) -> None:
    account.fault("drop", "after", method="POST", path="/3.0/campaigns$")
    with pytest.raises(TransientError) as caught:
        account.campaigns().begin(a_draft())
    assert caught.value.request_left
    account.campaigns().begin(a_draft())
    assert len(account.look()["campaigns"]) == 1


def test_two_campaigns_of_one_title_stop_for_a_person(account: Account) -> None:
    made = account.campaigns().begin(a_draft())
    body = {"type": "regular", "recipients": {"list_id": LIST}, "settings": {"title": a_draft().title}}
    call(account, "POST", "/campaigns", body)
    with pytest.raises(PermanentError, match="2 campaigns called"):
        account.campaigns().begin(a_draft())
    assert made.state == "draft"


def test_a_lost_segment_is_caught_before_anything_goes(account: Account) -> None:
    account.audience().apply([a_subscriber(), a_subscriber(BEA)], [], [])
    account.set_up(loses_segments=True)
    made = account.campaigns().begin(a_draft(ANA))
    with pytest.raises(PermanentError, match="would go to everybody"):
        account.campaigns().put(made.id, a_draft(ANA))
    with pytest.raises(PermanentError, match="would go to everybody"):
        account.campaigns().send(made.id)
    assert not account.look()["mails"]


def test_a_campaign_without_words_says_what_is_missing(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    made = account.campaigns().begin(a_draft(ANA))
    with pytest.raises(PermanentError, match="Content"):
        account.campaigns().send(made.id)


def test_a_campaign_canceled_there_is_not_sent(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    made = put(account, ANA)
    account.act("cancel", campaign=made)
    with pytest.raises(PermanentError):
        account.campaigns().send(made)
    found = account.campaigns().look(made)
    assert found is not None
    assert found.state == "canceled"


def test_the_report_tells_clicks_for_each_link(account: Account) -> None:
    account.audience().apply([a_subscriber(), a_subscriber(BEA)], [], [])
    made = put(account, ANA, BEA)
    account.campaigns().send(made)
    account.at(NOON + timedelta(hours=1))
    account.act("click", ANA, campaign=made, url="https://example.org/lead?utm=1")
    account.act("click", ANA, campaign=made, url="https://example.org/lead?utm=2")
    account.act("unsubscribe", BEA, campaign=made)
    found = account.campaigns().look(made, with_report=True)
    assert found is not None
    assert dict(found.report) == {
        "delivered": 2.0,
        "bounced": 0.0,
        "unsubscribed": 1.0,
        "clicked": 1.0,
        "clicks on https://example.org/lead": 2.0,
    }


# --- the audience: nothing is lost, nobody comes back ----------------------------------------------------------------


def test_more_than_five_hundred_are_added_in_batches_of_at_most_that(account: Account) -> None:
    people = [a_subscriber(f"p{number}@example.org") for number in range(1203)]
    answer = account.audience().apply(people, [], [])
    assert len(answer.seen) == 1203
    sizes = [len(each["body"]["members"]) for each in account.asked("POST") if each["path"].endswith(LIST)]
    assert sizes == [500, 500, 203]
    bodies = [each["body"] for each in account.asked("POST") if each["path"].endswith(LIST)]
    assert all(body["update_existing"] is False for body in bodies)


def test_refusals_inside_a_good_answer_are_told_apart(account: Account) -> None:
    account.set_up(fake=["fake.example.org"], busy=["busy@example.org"])
    account.audience().apply([a_subscriber("gone@example.org"), a_subscriber("left@example.org")], [], [])
    account.act("delete for good", "gone@example.org")
    account.act("unsubscribe", "left@example.org")
    wanted = ["ana@fake.example.org", "busy@example.org", "gone@example.org", "left@example.org", ANA]
    answer = account.audience().apply([a_subscriber(each) for each in wanted], [], [])
    assert dict(answer.not_taken) == {
        "ana@fake.example.org": NotTaken.NOT_REAL,
        "busy@example.org": NotTaken.LATER,
        "gone@example.org": NotTaken.THEIR_NO,
    }
    assert {each.address: each.status for each in answer.seen} == {
        "left@example.org": "unsubscribed",
        ANA: "subscribed",
    }


def test_one_address_written_in_two_ways_is_one_reader(account: Account) -> None:
    account.audience().apply([a_subscriber(ANA), replace(a_subscriber(), address="Ana@Example.org")], [], [])
    assert len(account.statuses()) == 1


def test_a_field_that_became_required_stops_nobody(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    account.set_up(required="ADDRESS")
    answer = account.audience().apply([a_subscriber(BEA)], [a_subscriber(First_name="Anita")], [])
    assert not answer.not_taken
    assert account.look()["members"][ANA]["fields"]["FNAME"] == "Anita"


def test_fields_are_made_once_with_tags_of_ten_signs_and_read_back(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    account.audience().apply([a_subscriber(BEA)], [], [])
    made = [each["body"]["tag"] for each in account.asked("POST") if each["path"].endswith("/merge-fields")]
    assert len(made) == len(set(made))
    assert all(len(tag) <= 10 and tag.isalnum() for tag in made)
    assert not [each for each in account.asked("POST") if (each["body"] or {}).get("type") == "address"]


def test_a_campaign_speaks_the_tags_that_the_audience_really_has(account: Account) -> None:
    client = account.client()
    field = {"name": "HMN Program", "type": "text", "tag": "OLDTAG", "required": False}
    client.ask(client.api.lists.add_list_merge_field, LIST, field)
    account.audience().apply([a_subscriber()], [], [])
    draft = replace(a_draft(ANA), html="<p>*|FNAME|* of *|HMNPROGRAM|*, *|UNSUB|*</p>", text="*|HMNPROGRAM|* *|UNSUB|*")
    campaigns = account.campaigns()
    made = campaigns.begin(draft)
    campaigns.put(made.id, draft)
    (put,) = [each["body"] for each in account.asked("PUT") if each["path"].endswith("/content")]
    assert put == {"html": "<p>*|FNAME|* of *|OLDTAG|*, *|UNSUB|*</p>", "plain_text": "*|OLDTAG|* *|UNSUB|*"}


def test_labels_of_a_reader_follow_and_other_peoples_labels_stay(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    known = call(account, "GET", f"/lists/{LIST}/members?count=1").json()["members"][0]
    tags = {"tags": [{"name": "Board", "status": "active"}]}
    call(account, "POST", f"/lists/{LIST}/members/{known['id']}/tags", tags)
    changed = replace(a_subscriber(), tags=frozenset({"HMN director"}))
    account.audience().apply([], [changed], [])
    assert account.look()["members"][ANA]["tags"] == ["Board", "HMN director"]


def test_a_list_that_moves_while_it_is_read_is_read_again(account: Account) -> None:
    people = [a_subscriber(f"p{number:04}@example.org") for number in range(1500)]
    account.audience().apply(people, [], [])
    account.act_when("/members$", "archive", "p0003@example.org", method="GET")
    found, _ = account.audience().changes(None)
    assert len({each.address for each in found}) == 1500
    assert {each.address: each.status for each in found}["p0003@example.org"] == "archived"


def test_no_change_is_one_request_and_a_change_costs_what_changed(account: Account) -> None:
    account.audience().apply([a_subscriber(f"p{number}@example.org") for number in range(300)], [], [])
    _, since = account.audience().changes(None)
    account.at(NOON + timedelta(hours=3))
    before = len(account.asked())
    account.audience().changes(since)
    (asked,) = account.asked()[before:]
    assert asked["path"] == MEMBERS
    account.act("unsubscribe", "p7@example.org")
    (found,) = [each for each in account.audience().changes(since)[0] if each.status == "unsubscribed"]
    assert found.address == "p7@example.org"


def test_a_batch_whose_answer_was_lost_adds_nobody_twice(account: Account) -> None:
    account.fault("drop", "after", method="POST", path=f"/lists/{LIST}$")
    answer = account.audience().apply([a_subscriber(), a_subscriber(BEA)], [], [])
    assert {each.address for each in answer.seen} == {ANA, BEA}
    assert not answer.not_taken


def test_who_leaves_between_our_look_and_our_write_stays_gone(account: Account) -> None:
    account.audience().apply([a_subscriber()], [], [])
    account.act_when("/members/", "unsubscribe", ANA, method="PATCH", when="before")
    answer = account.audience().apply([], [a_subscriber(First_name="Anita")], [])
    assert [each.status for each in answer.seen] == ["unsubscribed"]
    assert account.statuses() == {ANA: "unsubscribed"}


def test_the_only_status_we_ever_write_to_somebody_there_is_unsubscribed(account: Account) -> None:
    audience = account.audience()
    audience.apply([a_subscriber(), a_subscriber(BEA)], [], [])
    audience.apply([], [a_subscriber(First_name="Anita")], [BEA])
    audience.refuse([ANA])
    statuses = [each["body"].get("status") for each in account.asked("PATCH", "PUT")]
    assert set(statuses) == {None, "unsubscribed"}
    assert not [each for each in account.asked() if "delete-permanent" in each["path"]]


# --- Mailchimp's own description -------------------------------------------------------------------------------------


def test_every_request_of_ours_and_every_answer_has_the_shape_that_mailchimp_describes(account: Account) -> None:
    skip_without_description()
    audience, campaigns = account.audience(), account.campaigns()
    account.set_up(fake=["fake@example.org"])
    audience.apply([a_subscriber(), a_subscriber(BEA), a_subscriber("fake@example.org")], [], [])
    (archived,) = audience.apply([], [replace(a_subscriber(), tags=frozenset({"HMN new"}))], [BEA]).seen[1:]
    audience.apply([replace(archived, fields={"First name": "Bea"})], [], [])
    audience.changes(audience.changes(None)[1])
    made = put(account, ANA, BEA)
    campaigns.send(made, NOON + timedelta(minutes=15))
    campaigns.recall(made)
    campaigns.send(made)
    account.at(NOON + timedelta(hours=2))
    campaigns.look(made, with_report=True)
    campaigns.look("nothing")
    audience.refuse([ANA])
    for path in ("/campaigns", f"/lists/{LIST}/members", f"/lists/{LIST}/segments", f"/campaigns/{made}"):
        call(account, "GET", path)  # the whole answers, which we never ask for
    log = [each for each in account.asked() if each["path"].startswith("/3.0/")]
    assert len({(each["method"], each["path"]) for each in log}) > 20
    assert [fault for each in log for fault in faults_in(each)] == []


def test_the_description_finds_what_is_wrong(account: Account) -> None:
    skip_without_description()
    call(account, "GET", f"/lists/{LIST}/members?cnt=5&vip_only=True")
    call(account, "POST", f"/lists/{LIST}", {"members": [{"email_address": 5}]})
    call(account, "GET", "/nothing")
    faults = [fault for each in account.stand_in.control("requests")["requests"] for fault in faults_in(each)]
    assert len(faults) >= 4
    account.stand_in.reset()
