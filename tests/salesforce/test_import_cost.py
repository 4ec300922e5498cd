"""What costs nothing of Salesforce's libraries: the command line, and an org that nobody asks."""

import subprocess
import sys

import pytest

HEAVY = ("simple_salesforce", "requests", "urllib3", "zeep", "lxml", "cryptography")
STARTS = {
    "the command line": "import wasf.cli, wasf.interfaces",
    "an address to sign in at": "import wasf.salesforce.auth.authorize",
    "an org that is not asked": """
from wasf.core.auth import Secret
from wasf.salesforce import Connection, OrgIdentity, SalesforceOrg
SalesforceOrg(Connection("https://example.com", Secret("token")), known=OrgIdentity("o", "u"))
""",
    "the whole package": """
import wasf.salesforce
for name in wasf.salesforce.__all__:
    getattr(wasf.salesforce, name)
""",
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_nothing_heavy_is_loaded(start):
    program = f"{start}\nimport sys\nprint(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_a_name_that_the_package_does_not_have():
    import wasf.salesforce

    with pytest.raises(AttributeError):
        wasf.salesforce.Nothing  # noqa: B018 - the question itself raises
