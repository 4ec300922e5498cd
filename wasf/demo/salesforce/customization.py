"""What an admin may have configured in an org: its settings, and where a request can be changed.

A new org, as the demo shows it, has no customization. Each one that a test needs (a validation
rule, a trigger, a field that a user may not see) is a class that overrides the methods it needs.
An org asks its customizations in their order.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from wasf.demo.salesforce.calls import ApiCall, ApiReply
from wasf.demo.salesforce.drafts import RecordDraft, SaveOptions
from wasf.demo.salesforce.model import SObjectType
from wasf.demo.salesforce.soql import ParsedQuery
from wasf.demo.salesforce.storage import Row

Resource = Callable[[ApiCall], ApiReply]
"""Answers the calls to one resource. It may raise `RequestRefused`."""


@dataclass(frozen=True, slots=True)
class OrgSettings:
    """The limits and switches of an org; a new one has these."""

    oldest_version: int = 31
    newest_version: int = 67
    """The versions of the API that the org has, from the oldest to the newest."""
    daily_limit: int = 15_000
    """API calls of a day."""
    page_size: int = 2_000
    """Rows of one page of a query."""
    archive_at_insert: bool = True
    """Closed Tasks of more than a year ago vanish from `query` at once, not in the next night."""
    edit_converted_leads: bool = False
    """Whether the API user may change converted Leads."""
    data_storage_mb: int = 10_240
    """The org's data storage."""
    other_data_kb: int = 0
    """What of it is taken by records that are not in this org's tables."""

    @property
    def api_versions(self) -> range:
        """The numbers of the versions of the API."""
        return range(self.oldest_version, self.newest_version + 1)


class Customization:
    """One thing that an admin configured. The methods here change nothing."""

    @property
    def resources(self) -> Mapping[str, Resource]:
        """Further resources of the API, by the first segment below /services/data/vXX.0."""
        return {}

    @property
    def private_records(self) -> Collection[str]:
        """The ids of records that sharing keeps from the API user."""
        return ()

    def visible(self, sobject: SObjectType) -> SObjectType | None:
        """Return the object as the API user sees it: with fewer fields or rights, or None."""
        return sobject

    def described(self, sobject: SObjectType) -> SObjectType:
        """Return the object as describe shows it, which may differ from what holds."""
        return sobject

    def before_query(self, query: ParsedQuery) -> None:
        """Raise `RequestRefused` if the query cannot be carried out."""

    def before_save(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Change the rows of drafts that passed the platform's checks, as a trigger does."""

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail drafts that may not be saved.

        All drafts of one object in the request come together, with the ids they will have.
        """

    def after_save(self, sobject: SObjectType, rows: Sequence[Row]) -> None:
        """Act on rows that were written or deleted."""
