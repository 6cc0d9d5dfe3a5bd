"""Authentication-Results: what counts, and every forgery of A56 we could think of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.core.authenticity import (
    Authentication,
    authentication,
    is_aligned,
    read_results,
    without_comments,
)
from mailgate.core.mail import Header, Mail
from mailgate.core.policy import Trust
from tests.builders import address, envelope

PASS, FAIL, UNKNOWN = Authentication.PASS, Authentication.FAIL, Authentication.UNKNOWN
TRUST = Trust(("mx.hoster.example",), ("lmtp",))
DMARC = "mx.hoster.example; dmarc=pass header.from=client.example"


def carrying(*results: str, hop: str = "lmtp") -> Mail:
    headers = tuple(Header("authentication-results", value) for value in results)
    return Mail(envelope=envelope(hop=hop), author=address("ivan@client.example"), headers=headers)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("mx.hoster.example; dmarc=pass header.from=client.example", PASS),
        ("MX.Hoster.Example; DMARC=Pass header.from=Client.Example", PASS),
        ("mx.hoster.example 1; dmarc=pass (p=reject) header.from=client.example", PASS),
        ("mx.hoster.example; spf=pass smtp.mailfrom=x; dmarc=pass header.from=client.example", PASS),
        ("mx.hoster.example; dkim=pass header.d=client.example", PASS),
        ("mx.hoster.example; dkim=pass header.i=@client.example header.s=s1", PASS),
        ("mx.hoster.example; dkim=pass header.i=@mail.client.example header.s=s1", UNKNOWN),
        ("mx.hoster.example; dkim=fail header.d=a.example; dkim=pass header.d=client.example", PASS),
        ("mx.hoster.example; dmarc=none header.from=client.example; dkim=pass header.d=client.example", PASS),
        ("mx.hoster.example; dmarc=fail header.from=client.example", FAIL),
        ("mx.hoster.example; dmarc=fail header.from=client.example; dkim=pass header.d=client.example", FAIL),
        (
            "mx.hoster.example; dmarc=pass header.from=client.example; dmarc=fail header.from=client.example",
            FAIL,
        ),
        ("mx.hoster.example; dmarc=fail", FAIL),
        ("mx.hoster.example; dmarc=temperror header.from=client.example", UNKNOWN),
        ("mx.hoster.example; dmarc=none header.from=client.example", UNKNOWN),
        ("mx.hoster.example; none", UNKNOWN),
        ("mx.hoster.example; spf=pass smtp.mailfrom=client.example", UNKNOWN),
        ("mx.hoster.example; dkim=pass header.d=evil.example", UNKNOWN),
        ("mx.hoster.example; dkim=pass header.d=example", UNKNOWN),
        ("mx.hoster.example; dkim=pass", UNKNOWN),
        ("mx.hoster.example; dmarc=pass header.from=evil.example", UNKNOWN),
        ("mx.hoster.example; dmarc=pass", UNKNOWN),
        ("mx.hoster.example; dmarc=passed header.from=client.example", UNKNOWN),
        ("mx.hoster.example; (dmarc=pass header.from=client.example)", UNKNOWN),
        ("mx.hoster.example; spf=none (x; dmarc=pass header.from=client.example)", UNKNOWN),
        ('mx.hoster.example; spf=none reason="; dmarc=pass header.from=client.example"', UNKNOWN),
        ("mx.hoster.example; spf=none (\\) dmarc=pass header.from=client.example)", UNKNOWN),
        ("mx.hoster.example; spf=none ((nested) dmarc=pass header.from=client.example", UNKNOWN),
        ("evil.example; dmarc=pass header.from=client.example", UNKNOWN),
        ("mx.hoster.example.evil.example; dmarc=pass header.from=client.example", UNKNOWN),
        ("(mx.hoster.example) evil.example; dmarc=pass header.from=client.example", UNKNOWN),
        ("dmarc=pass header.from=client.example", UNKNOWN),
        ("", UNKNOWN),
        ("mx.hoster.example;" + " x" * 40_000 + "; dmarc=pass header.from=client.example", UNKNOWN),
    ],
)
def test_a56_only_a_readable_result_of_ours_for_this_author_counts(
    results: str, expected: Authentication
) -> None:
    assert authentication(carrying(results), TRUST) is expected


def test_a56_only_the_topmost_of_ours_counts() -> None:
    failed = "mx.hoster.example; dmarc=fail header.from=client.example"
    nothing = "mx.hoster.example; none"

    assert authentication(carrying(failed, DMARC), TRUST) is FAIL
    assert authentication(carrying(nothing, DMARC), TRUST) is UNKNOWN
    assert authentication(carrying("other.example; dmarc=fail", DMARC), TRUST) is PASS


@pytest.mark.parametrize(
    "unreadable",
    [
        "mx.hoster.example; dmarc=fail (unclosed header.from=client.example",
        "mx.hoster.example; dkim=pass header.d=x.example" * 3000,
        '"mx.hoster.example; dmarc=fail',
        "",
    ],
)
def test_a56_nothing_below_an_unreadable_one_counts(unreadable: str) -> None:
    assert authentication(carrying(unreadable, DMARC), TRUST) is UNKNOWN


def test_a56_a_long_one_of_ours_is_read_to_its_end() -> None:
    long = "mx.hoster.example" + "; dkim=none header.d=x.example" * 400
    failed = f"{long}; dmarc=fail header.from=client.example"

    assert authentication(carrying(failed, DMARC), TRUST) is FAIL


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("mx.google.com", PASS),
        ("a.b.google.com", PASS),
        ("google.com", UNKNOWN),
        ("mx.evilgoogle.com", UNKNOWN),
        ("mx.google.com.evil.example", UNKNOWN),
        (".google.com", PASS),
    ],
)
def test_a_domain_names_every_host_in_it(server: str, expected: Authentication) -> None:
    trust = Trust((".google.com",), ("lmtp",))
    result = f"{server}; dmarc=pass header.from=client.example"

    assert authentication(carrying(result), trust) is expected


MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=client.example; dkim=pass (signature was verified) "
    "header.d=client.example;dmarc={} action=none header.from=client.example;compauth=pass reason=100"
)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((MICROSOFT.format("pass"),), PASS),
        ((MICROSOFT.format("fail"), MICROSOFT.format("pass")), FAIL),
        (("dmarc=pass header.from=client.example",), PASS),
        (("evil.example; none", MICROSOFT.format("pass")), UNKNOWN),
        (("evil.example; dmarc=pass header.from=client.example",), UNKNOWN),
        (("", MICROSOFT.format("pass")), UNKNOWN),
        (("spf=none (unclosed", MICROSOFT.format("pass")), UNKNOWN),
        (("spf=none smtp.mailfrom=x", DMARC), UNKNOWN),
    ],
)
def test_a56_of_unnamed_ones_only_the_very_first_counts(
    results: tuple[str, ...], expected: Authentication
) -> None:
    assert authentication(carrying(*results), Trust(("(unnamed)",), ("lmtp",))) is expected


def test_a56_an_unnamed_one_counts_only_where_the_operator_says_so() -> None:
    assert authentication(carrying(MICROSOFT.format("pass")), TRUST) is UNKNOWN


def test_a56_nothing_counts_over_another_hop_or_without_settings() -> None:
    assert authentication(carrying(DMARC, hop="127.0.0.1:2525"), TRUST) is UNKNOWN
    assert authentication(carrying(DMARC), Trust()) is UNKNOWN


def test_an_unidentified_author_is_never_proven() -> None:
    nobody = Mail(envelope=envelope(hop="lmtp"), headers=(Header("authentication-results", DMARC),))

    assert authentication(nobody, TRUST) is UNKNOWN


@pytest.mark.parametrize(
    ("signer", "author", "expected"),
    [
        ("client.example", "client.example", True),
        ("mail.client.example", "client.example", False),
        ("u20000.hoster-tech.ru", "u10518.hoster-tech.ru", False),
        ("evil.narod.ru", "owner.narod.ru", False),
        ("client.example", "mail.client.example", True),
        ("client.co.uk", "other.co.uk", False),
        ("co.uk", "client.co.uk", False),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai", True),
        ("xclient.example", "client.example", False),
        ("", "client.example", False),
    ],
)
def test_a_signer_speaks_for_its_domain_and_those_in_it(signer: str, author: str, *, expected: bool) -> None:
    assert expected is is_aligned(signer, author)


@given(st.text(alphabet='();="\\ abdmrcps.', max_size=60))
def test_reading_never_raises_and_comments_never_leak(text: str) -> None:
    read_results(text)

    assert "secret" not in (without_comments(f"a ({text.replace(')', '').replace('(', '')}secret) b") or "")
