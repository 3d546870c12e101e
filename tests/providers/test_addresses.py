"""Only public addresses are called, over TLS, and those that the operator named; whatever a name or redirect says."""

import asyncio
import ssl
from collections.abc import Sequence

import httpx
import pytest

from app.providers.addresses import is_public
from app.providers.exchange import Failure, Outcome, Reason
from app.providers.provider import Operator
from tests.providers.endpoints import QUESTION, Time, answered, completion, faked

INWARD = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2001:db8::1",
]  # fmt: skip


def asked(
    base_url: str = "https://models.example.org/v1",
    addresses: Sequence[str] = ("8.8.8.8",),
    allowed: tuple[str, ...] = (),
) -> tuple[Outcome, list[httpx.Request]]:
    """What comes of a question to a host with these addresses, and the requests that left."""
    sent: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answered(completion())

    operator = Operator(allowed, surroundings=Time().surroundings(addresses=addresses))
    return asyncio.run(faked(reply, operator=operator, base_url=base_url).ask(QUESTION)), sent


def reason(outcome: Outcome) -> Reason | None:
    return outcome.reason if isinstance(outcome, Failure) else None


@pytest.mark.parametrize("address", INWARD)
def test_an_address_that_is_not_public_is_not_called(address: str) -> None:
    assert not is_public(address)
    outcome, sent = asked(addresses=[address])
    assert (reason(outcome), sent, outcome.cost.micros) == (Reason.ADDRESS_REFUSED, [], 0)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111"])
def test_the_address_that_was_checked_is_called_with_the_name_for_tls(address: str) -> None:
    outcome, [request] = asked(addresses=[address])
    assert reason(outcome) is None
    assert request.url.host == address
    assert request.url.path == "/v1/chat/completions"
    assert request.headers["host"] == "models.example.org"
    assert request.extensions["sni_hostname"] == "models.example.org"


def test_a_name_that_also_leads_inside_is_refused() -> None:
    outcome, sent = asked(addresses=["8.8.8.8", "10.0.0.1"])
    assert (reason(outcome), sent) == (Reason.ADDRESS_REFUSED, [])


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:10.0.0.1]"])
def test_an_address_in_place_of_a_name_is_checked_too(host: str) -> None:
    outcome, sent = asked(f"https://{host}/v1")
    assert (reason(outcome), sent) == (Reason.ADDRESS_REFUSED, [])


def test_a_public_host_is_not_called_without_tls() -> None:
    outcome, sent = asked("http://models.example.org/v1")
    assert (reason(outcome), sent) == (Reason.ADDRESS_REFUSED, [])


@pytest.mark.parametrize("allowed", ["models.lan", "models.lan:8080"])
def test_a_host_that_the_operator_named_is_called(allowed: str) -> None:
    outcome, [request] = asked("http://models.lan:8080/v1", ["10.0.0.1"], (allowed,))
    assert reason(outcome) is None
    assert str(request.url) == "http://10.0.0.1:8080/v1/chat/completions"


def test_another_port_of_a_named_host_is_not_called() -> None:
    outcome, sent = asked("http://models.lan:22/v1", ["10.0.0.1"], ("models.lan:8080",))
    assert (reason(outcome), sent) == (Reason.ADDRESS_REFUSED, [])


def test_a_named_host_may_not_lead_to_a_clouds_credentials() -> None:
    for address in ("169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::1%eth0"):
        outcome, sent = asked("http://models.lan/v1", [address], ("models.lan",))
        assert (reason(outcome), sent) == (Reason.ADDRESS_REFUSED, [])
    outcome, sent = asked("http://169.254.169.254/v1", allowed=("169.254.169.254",))
    assert len(sent) == 1


@pytest.mark.parametrize("text", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_spellings_of_this_machine_are_refused(text: str) -> None:
    """These go through the machine's own resolver."""
    operator = Operator()
    provider = faked(lambda request: answered(completion()), operator=operator, base_url=f"https://{text}/v1")
    outcome = asyncio.run(provider.ask(QUESTION))
    assert reason(outcome) in {Reason.ADDRESS_REFUSED, Reason.UNREACHABLE}


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    tried: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        tried.append(request.url.host)
        if len(tried) == 1:
            raise httpx.ConnectTimeout("no answer")
        return answered(completion())

    operator = Operator(surroundings=Time().surroundings(addresses=["2606:4700::1", "1.1.1.1"]))
    outcome = asyncio.run(faked(reply, operator=operator).ask(QUESTION))
    assert (reason(outcome), tried) == (None, ["2606:4700::1", "1.1.1.1"])


def test_a_redirect_is_named_without_its_path_and_not_followed() -> None:
    where = "https://user:pass@other.example.org:444/token?key=1"
    sent: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(308, headers={"Location": where})

    outcome = asyncio.run(faked(reply).ask(QUESTION))
    assert isinstance(outcome, Failure)
    assert outcome.detail == "308: redirects to https://other.example.org, which is not followed"
    assert len(sent) == 1


def test_a_certificate_that_does_not_fit_is_not_tried_again() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("certificate verify failed") from ssl.SSLCertVerificationError("wrong name")

    outcome = asyncio.run(faked(reply).ask(QUESTION))
    assert (reason(outcome), len(outcome.attempts), outcome.cost.micros) == (Reason.CERTIFICATE, 1, 0)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    outcome, [request] = asked()
    assert reason(outcome) is None
    assert request.url.host == "8.8.8.8"
