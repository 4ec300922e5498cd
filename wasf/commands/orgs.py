"""`wasf orgs`: the sign-ins that there are."""

from collections.abc import Sequence

from wasf.core.auth import Profile, SignInKind

_WAYS = {
    SignInKind.WEB: "browser",
    SignInKind.JWT: "JWT key",
    SignInKind.CLIENT_CREDENTIALS: "client credentials",
    SignInKind.SF_CLI: "Salesforce CLI",
}
COLUMNS = ("name", "user", "org", "address", "signed in by", "tokens in")


def orgs_as_rows(profiles: Sequence[Profile], default: str) -> list[tuple[str, ...]]:
    """One row for each, the default marked."""
    return [
        (
            f"{profile.name} (default)" if profile.name == default else profile.name,
            profile.username,
            f"{profile.org_id} ({kind_of_org(profile.is_sandbox)})",
            profile.instance_url,
            _WAYS[profile.kind],
            profile.token_store.value if profile.kind.keeps_tokens else "",
        )
        for profile in profiles
    ]


def kind_of_org(is_sandbox: bool) -> str:  # noqa: FBT001 - the one fact it is about
    """What an org is called."""
    return "sandbox" if is_sandbox else "production"


def orgs_as_json(profiles: Sequence[Profile], default: str) -> dict[str, object]:
    """The same for programs."""
    return {
        "schema": 1,
        "default": default or None,
        "orgs": [
            {
                "org": profile.name,
                "username": profile.username,
                "org_id": profile.org_id,
                "sandbox": profile.is_sandbox,
                "instance_url": profile.instance_url,
                "login_url": profile.login_url,
                "kind": profile.kind.value,
                "token_store": profile.token_store.value if profile.kind.keeps_tokens else None,
            }
            for profile in profiles
        ],
    }
