"""A Salesforce-like org on this machine, for `wasf demo`, tests and benchmarks.

    with LocalOrg.start() as org:
        org.add_contact(LastName="Example", Phone="+49 171 3920001")
        ...  # talk to org.base_url with org.access_token
        org.rows("Task")

It is as strict as Salesforce is, and can be told to fail. Knows nothing of the rest of wasf.
"""

from wasf.demo.salesforce.access import Settings, ValidationRule
from wasf.demo.salesforce.client import KEY_FIELD, LINK_FIELD, LocalOrg
from wasf.demo.salesforce.faults import Fault, FaultKind
from wasf.demo.salesforce.gate import Seen
from wasf.demo.salesforce.oauth_apps import ConnectedApp
from wasf.demo.salesforce.oauth_client import GrantSeen, OAuthSide
from wasf.demo.salesforce.oauth_grants import PASSWORD
from wasf.demo.salesforce.seed import Seed

__all__ = [
    "KEY_FIELD",
    "LINK_FIELD",
    "PASSWORD",
    "ConnectedApp",
    "Fault",
    "FaultKind",
    "GrantSeen",
    "LocalOrg",
    "OAuthSide",
    "Seed",
    "Seen",
    "Settings",
    "ValidationRule",
]
