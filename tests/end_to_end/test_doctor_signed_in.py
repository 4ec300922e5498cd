"""`wasf doctor` with a sign-in that `wasf connect` made."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.sign_in_process import USER, Office, login_host
from tests.servers.salesforce import LocalOrg


@pytest.fixture
def org(org_without_rules: LocalOrg) -> LocalOrg:
    """A duplicate rule would be warned of."""
    return org_without_rules


@pytest.fixture
def office(org: LocalOrg, tmp_path: Path) -> Office:
    org.add_key_field()
    return Office(org, tmp_path / "home")


@pytest.fixture
def signed_in(office: Office) -> Office:
    office.signed_in()
    office.home.chmod(0o700)
    return office


def verdicts(office: Office, code: int = 0, *arguments: str) -> dict[str, str]:
    done = office.run("doctor", "--json", *arguments, code=code)
    return {each["check"]: each["status"] for each in json.loads(done.stdout)["checks"]}


def test_a_sign_in_and_its_token_store_are_fine(signed_in: Office) -> None:
    found = verdicts(signed_in)
    assert set(found.values()) == {"ok"}
    assert "token store" in found


def test_a_token_that_ended_is_renewed(signed_in: Office) -> None:
    signed_in.org.oauth.change_app(signed_in.app.client_id, rotation=True)
    for _ in range(2):
        signed_in.org.oauth.expire_access()
        assert set(verdicts(signed_in).values()) == {"ok"}
    assert [grant.refreshes for grant in signed_in.org.oauth.grants] == [2]


def test_a_sign_in_that_an_admin_revoked(signed_in: Office) -> None:
    signed_in.org.oauth.revoke_grants()
    found = verdicts(signed_in, 4)
    assert (found["address"], found["sign-in"], found["token store"]) == ("ok", "failed", "ok")
    assert found["Task"] == "skipped"


def test_tokens_that_others_can_read(signed_in: Office) -> None:
    (signed_in.home / "tokens").chmod(0o755)
    found = verdicts(signed_in, 4)
    assert found["address"] == "ok"
    assert found["sign-in"] == found["token store"] == "failed"
    assert found["folders"] == "warning"


def test_client_credentials_need_the_store_of_their_secret(office: Office, tmp_path: Path) -> None:
    office.org.oauth.change_app(office.app.client_id, run_as=USER)
    secret = tmp_path / "secret"
    secret.write_text(office.app.secret)
    secret.chmod(0o600)
    office.run(
        "connect", "--domain", office.org.base_url, "--client-id", office.app.client_id,
        "--client-credentials", "--client-secret-file", secret, "--token-store", "file",
    )  # fmt: skip
    assert set(verdicts(office).values()) == {"ok"}


def test_the_sign_in_that_is_named_is_looked_at(signed_in: Office) -> None:
    assert set(verdicts(signed_in, 0, "--org", "default").values()) == {"ok"}
    found = verdicts(signed_in, 4, "--org", "other")
    assert (found["sign-in"], found["address"]) == ("failed", "skipped")


def test_an_org_that_moved(signed_in: Office) -> None:
    signed_in.org.oauth.move_instance(login_host(signed_in.org))
    assert set(verdicts(signed_in).values()) == {"ok"}
