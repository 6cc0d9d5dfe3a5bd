"""What tickets ask for, and what is proven about the writers of their mails, in the ledger."""

from mailgate.core.assurance import Assurance
from mailgate.core.request import Request
from mailgate.store import rows
from mailgate.store.sqlite import Ask, Row, Work


def ask_for(work: Work, ticket: int, request: Request) -> None:
    """Write down what a ticket asks for by now."""
    work.run(
        "UPDATE ticket SET request = :request, class = :name WHERE number = :ticket",
        ticket=ticket,
        request=rows.request_text(request),
        name=request.name,
    )


def assure(work: Work, mail: int, proven: Assurance) -> None:
    """Write down what is proven about a mail's writer by now."""
    work.run(
        "UPDATE mail SET assurance = :assurance WHERE id = :mail",
        mail=mail,
        assurance=rows.assurance_text(proven),
    )


def of_class(
    ask: Ask, name: str, account: str, status: str, limit: int, before: int | None = None
) -> list[Row]:
    """Tickets that ask for this class, the latest change first; those after ticket `before`, if given.

    Of an account ("" for any) and in a status ("" for any).
    """
    return ask.rows(
        """SELECT * FROM ticket WHERE class = :name AND class <> ''
        AND (:account = '' OR account = :account) AND (:status = '' OR status = :status)
        AND (:before IS NULL OR (changed, number) <
        (SELECT changed, number FROM ticket WHERE number = :before))
        ORDER BY changed DESC, number DESC LIMIT :limit""",
        name=name,
        account=account,
        status=status,
        limit=limit,
        before=before,
    )
