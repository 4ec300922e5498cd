"""The Salesforce-like org of tests and benchmarks: the demo's org with all that only they need.

with LocalOrg.start() as org:
    org.add_contact(LastName="Example", Phone="+49 171 3920001")
    org.fail("S20", path="query")
    ...  # talk to org.base_url with org.access_token
    org.rows("Task")
"""

from wasf.demo.salesforce import (
    KEY_FIELD,
    LINK_FIELD,
    PASSWORD,
    ConnectedApp,
    LocalOrg,
    Seed,
)

__all__ = ["KEY_FIELD", "LINK_FIELD", "PASSWORD", "ConnectedApp", "LocalOrg", "Seed"]
