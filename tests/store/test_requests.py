"""What tickets ask for, in the ledger: kept, changed, listed by an index."""

from mailgate.core.assurance import Assurance, Claims, Proof
from mailgate.core.number import number_of
from mailgate.core.request import Level, Object, ObjectKind, Request, entry_digest
from mailgate.store import requests, rows, tickets
from mailgate.store.sqlite import Ledger
from tests.builders import THEIRS, ticket

ASKED = Request("deletion", (Object(ObjectKind.DOMAIN, "a.ru"),), "delete", entry=entry_digest("text"))
OTHER = number_of(10040)


def test_a_ticket_keeps_what_it_asks_for(ledger: Ledger) -> None:
    with ledger.write() as work:
        tickets.open_ticket(work, ticket(request=ASKED))
        kept = tickets.find(work, THEIRS)
        requests.ask_for(work, THEIRS, Request("refund", by_staff=True))
        changed = tickets.find(work, THEIRS)
        listed = [requests.of_class(work, name, "", "", 10) for name in ("deletion", "refund", "")]

    assert kept is not None
    assert changed is not None
    assert (kept.request, changed.request) == (ASKED, Request("refund", by_staff=True))
    assert [[row["number"] for row in each] for each in listed] == [[], [THEIRS], []]


def test_tickets_of_a_class_are_listed_page_by_page(ledger: Ledger) -> None:
    with ledger.write() as work:
        for number in (THEIRS, OTHER):
            tickets.open_ticket(work, ticket(number, request=ASKED))
        pages = [
            requests.of_class(work, "deletion", "", "open", 1, before) for before in (None, THEIRS, OTHER)
        ]
        sql = "SELECT * FROM ticket WHERE class = :name AND class <> '' ORDER BY changed DESC LIMIT 1"
        plan = [row["detail"] for row in work.rows(f"EXPLAIN QUERY PLAN {sql}", name="deletion")]

    assert [[row["number"] for row in page] for page in pages] == [[THEIRS], [OTHER], []]
    assert any("ticket_class" in step for step in plan)


def test_what_is_proven_may_be_said_later(ledger: Ledger) -> None:
    proven = Assurance(Level.CLAIMED, (Proof.LOGIN,), Claims(has_failed=False, panel="1001"))
    with ledger.write() as work:
        mail = work.insert(
            """INSERT INTO mail (state, door, hop, peer, sender, recipients, received, size, digest, verdict)
            VALUES ('done', 'smtp', '', '', '', '[]', '2026-11-23', 0, x'00', 'opened')"""
        )
        requests.assure(work, mail, proven)
        row = work.row("SELECT assurance FROM mail WHERE id = :mail", mail=mail)

    assert row is not None
    assert rows.assurance_of(row["assurance"]) == proven
