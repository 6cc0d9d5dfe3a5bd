"""The panel's door does what its OpenAPI document says, whatever is sent, by schemathesis."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from mailgate.parse.pool import Pool
from mailgate.store.sqlite import Ledger
from tests.panel import KEY, Down, Panel

BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("number", range(6))
def test_every_answer_is_as_described(ledger: Ledger, pool: Pool, mode: GenerationMode, number: int) -> None:
    with Panel(ledger, pool, Down(), wait_seconds=0) as panel:
        schema = schemathesis.openapi.from_url(f"http://{panel.door.address}/openapi.json", headers=BEARER)
        operation = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)][number]

        @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def sent(case: schemathesis.Case[Any]) -> None:
            # What a mailbox is, and what an account, no document can say.
            case.call_and_validate(headers=BEARER, excluded_checks=[positive_data_acceptance])

        sent()


def test_the_document_names_every_road_and_the_key(panel: Panel) -> None:
    found = panel.knock("GET", "/openapi.json").body

    assert {path: set(roads) for path, roads in found["paths"].items()} == {
        "/v1/challenges": {"get"},
        "/v1/challenges/{number}/confirm": {"post"},
        "/v1/challenges/{number}/decline": {"post"},
        "/v1/tickets": {"post"},
        "/v1/tickets/{number}": {"get"},
        "/v1/tickets/{number}/entries": {"post"},
    }
    assert found["security"] == [{"key": []}]
    body = found["paths"]["/v1/tickets"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "message/rfc822"}
    assert set(found["components"]["schemas"]["NewTicket"]["properties"]) == {
        "account", "author", "subject", "text", "class", "object", "attachments",
    }  # fmt: skip
