"""The stand-in's Gmail answers as documentation and reports say the real one does, moods included."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.emulated.stand_in import StandIn

USER = "/gmail/v1/users/me"
LETTER = (
    b"From: office@example.org\r\nTo: ana@example.org\r\nSubject: A question\r\n"
    b"Message-ID:\r\n <first@office.example.org>\r\nX-HMN-Key: k1\r\n\r\nHello.\r\n"
)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def draft(google: StandIn, raw: bytes = LETTER, thread: str = "") -> Any:
    message = {"raw": encoded(raw), **({"threadId": thread} if thread else {})}
    return google.call("POST", f"{USER}/drafts", {"message": message}).json()


def send(google: StandIn, made: Any) -> Any:
    return google.call("POST", f"{USER}/drafts/send", {"id": made["id"]})


def get(google: StandIn, path: str, **query: Any) -> Any:
    return google.call("GET", f"{USER}/{path}", **query)


def receive(google: StandIn, raw: bytes, **more: Any) -> Any:
    return google.control("gmail/acts", {"act": "receive", "raw": base64.b64encode(raw).decode(), **more})


def reason(answer: Any) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return answer.status_code, error["errors"][0]["reason"]


class TestDrafts:
    """A draft is sent once; afterwards it is gone, in one of three ways."""

    def test_a_sent_draft_becomes_another_message_in_the_same_thread(self, google: StandIn) -> None:
        made = draft(google)
        assert made["message"]["labelIds"] == ["DRAFT"]
        sent = send(google, made).json()
        assert sent["id"] != made["message"]["id"]
        assert (sent["threadId"], sent["labelIds"]) == (made["message"]["threadId"], ["SENT"])
        thread = get(google, f"threads/{sent['threadId']}", format="minimal").json()
        assert [(mail["id"], mail["labelIds"]) for mail in thread["messages"]] == [(sent["id"], ["SENT"])]
        assert [mail["to"] for mail in google.control("gmail")["delivered"]] == ["ana@example.org"]

    @pytest.mark.parametrize(
        ("mood", "expected"),
        [("404", (404, "notFound")), ("400", (400, "failedPrecondition")), ("sent", (404, "notFound"))],
    )
    def test_a_consumed_draft_delivers_nothing_more(
        self, google: StandIn, mood: str, expected: tuple[int, str]
    ) -> None:
        google.control("gmail", {"consumed": mood})
        made = draft(google)
        send(google, made)
        assert reason(send(google, made)) == expected
        assert len(google.control("gmail")["delivered"]) == 1
        read = get(google, f"drafts/{made['id']}")
        if mood == "sent":
            assert read.json()["message"]["labelIds"] == ["SENT"]
        else:
            assert reason(read) == expected

    def test_a_sent_mail_may_for_some_looks_still_show_as_its_draft(self, google: StandIn) -> None:
        google.control("gmail", {"lag": 2})
        made = draft(google)
        send(google, made)
        path = f"threads/{made['message']['threadId']}"
        seen = [get(google, path, format="minimal").json()["messages"][0]["labelIds"] for _ in range(3)]
        assert seen == [["DRAFT"], ["DRAFT"], ["SENT"]]

    def test_a_changed_draft_keeps_id_and_thread_and_gets_another_message(self, google: StandIn) -> None:
        made = draft(google)
        body = {"message": {"raw": encoded(LETTER.replace(b"Hello", b"Hi"))}}
        changed = google.call("PUT", f"{USER}/drafts/{made['id']}", body).json()
        assert changed["id"] == made["id"]
        assert changed["message"]["threadId"] == made["message"]["threadId"]
        assert changed["message"]["id"] != made["message"]["id"]

    def test_a_letter_without_a_recipient_is_refused_and_stays_a_draft(self, google: StandIn) -> None:
        made = draft(google, LETTER.replace(b"To: ana@example.org\r\n", b""))
        assert reason(send(google, made)) == (400, "invalidArgument")
        assert get(google, f"drafts/{made['id']}").status_code == 200

    def test_a_second_letter_joins_the_thread_by_references_and_subject(self, google: StandIn) -> None:
        google.control("gmail", {"message_id": "keep"})
        sent = send(google, draft(google)).json()
        answer = LETTER.replace(b"first@", b"second@").replace(b"X-HMN", b"References: <first@office.example.org>\r\nX")
        assert draft(google, answer, sent["threadId"])["message"]["threadId"] == sent["threadId"]
        other = answer.replace(b"A question", b"Something else")
        assert draft(google, other, sent["threadId"])["message"]["threadId"] != sent["threadId"]


class TestMessages:
    """Shapes of what is read."""

    @pytest.mark.parametrize("mood", ["rewrite", "keep"])
    def test_the_message_id_is_replaced_or_kept(self, google: StandIn, mood: str) -> None:
        google.control("gmail", {"message_id": mood})
        sent = send(google, draft(google)).json()
        wanted = {"format": "metadata", "metadataHeaders": ["Message-ID", "X-HMN-Key"]}
        headers = get(google, f"messages/{sent['id']}", **wanted).json()["payload"]["headers"]
        found = {each["name"]: each["value"] for each in headers}
        assert (found["Message-ID"] == "<first@office.example.org>") is (mood == "keep")
        assert found["X-HMN-Key"] == "k1"
        assert google.control("gmail")["delivered"][0]["id"] == "<first@office.example.org>"

    def test_parts_and_raw_bytes_are_told(self, google: StandIn) -> None:
        raw = (
            b'Subject: x\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain'
            b"\r\n\r\nYes\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Yes\r\n--b--\r\n"
        )
        arrived = receive(google, raw)
        full = get(google, f"messages/{arrived['id']}").json()["payload"]
        assert [part["mimeType"] for part in full["parts"]] == ["text/plain", "text/html"]
        assert base64.urlsafe_b64decode(full["parts"][0]["body"]["data"]) == b"Yes"
        assert base64.urlsafe_b64decode(get(google, f"messages/{arrived['id']}", format="raw").json()["raw"]) == raw

    def test_lists_are_searched_and_paged_and_an_empty_one_has_no_key(self, google: StandIn) -> None:
        assert get(google, "messages").json() == {"resultSizeEstimate": 0}
        google.control("gmail", {"page": 2})
        for number in range(3):
            receive(google, f"Subject: {number}\r\nDate: Tue, 06 Oct 2026 1{number}:00:00 +0000\r\n\r\n".encode())
        draft(google)
        first = get(google, "messages", q="-in:drafts").json()
        second = get(google, "messages", q="-in:drafts", pageToken=first["nextPageToken"]).json()
        assert (len(first["messages"]), len(second["messages"])) == (2, 1)
        assert "nextPageToken" not in second

    def test_a_reply_lands_in_the_thread_that_it_answers(self, google: StandIn) -> None:
        google.control("gmail", {"message_id": "keep"})
        sent = send(google, draft(google)).json()
        reply = receive(google, b"From: ana@example.org\r\nIn-Reply-To: <first@office.example.org>\r\n\r\nYes\r\n")
        assert reply["threadId"] == sent["threadId"]


class TestHistory:
    """What is new since a point, as long as anybody remembers it."""

    def test_it_tells_what_was_added_since_and_ends_where_it_stands(self, google: StandIn) -> None:
        start = get(google, "profile").json()["historyId"]
        arrived = receive(google, b"Subject: x\r\n\r\n")
        told = get(google, "history", startHistoryId=start, historyTypes="messageAdded").json()
        assert told["history"][0]["messagesAdded"][0]["message"]["id"] == arrived["id"]
        assert "history" not in get(google, "history", startHistoryId=told["historyId"]).json()

    def test_a_point_that_nobody_remembers_is_404(self, google: StandIn) -> None:
        start = get(google, "profile").json()["historyId"]
        receive(google, b"Subject: x\r\n\r\n")
        google.control("gmail", {"forget_history": True})
        assert reason(get(google, "history", startHistoryId=start)) == (404, "notFound")


class TestRefusals:
    """The error dialect, quota and what is not offered."""

    def test_an_unknown_field_is_refused_with_a_list_of_errors(self, google: StandIn) -> None:
        answer = google.call("POST", f"{USER}/drafts", {"message": {"raw": encoded(LETTER), "to": "x"}})
        assert reason(answer) == (400, "invalidArgument")

    def test_units_are_counted_and_the_next_request_over_them_does_nothing(self, google: StandIn) -> None:
        google.control("gmail", {"units": 215})
        first, second = draft(google), draft(google)
        assert send(google, first).status_code == 200
        assert reason(send(google, second)) == (403, "rateLimitExceeded")
        assert len(google.control("gmail")["delivered"]) == 1

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [("429", "rateLimitExceeded"), ("403", "insufficientPermissions"), ("503", "backendError")],
    )
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_fault_comes_before_or_after_the_effect(
        self, google: StandIn, kind: str, expected: str, when: str
    ) -> None:
        made = draft(google)
        google.fault(kind, when, path="drafts/send")
        assert reason(send(google, made)) == (int(kind), expected)
        assert len(google.control("gmail")["delivered"]) == (when == "after")

    def test_an_account_without_a_mailbox_says_so(self, google: StandIn) -> None:
        google.control("gmail", {"has_mailbox": False})
        assert reason(get(google, "profile")) == (400, "failedPrecondition")

    def test_sending_without_a_draft_is_not_offered(self, google: StandIn) -> None:
        answer = google.call("POST", f"{USER}/messages/send", {"raw": encoded(LETTER)})
        assert answer.status_code == 501
        assert google.control("gmail")["delivered"] == []
