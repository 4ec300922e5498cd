"""The promises between the use cases and the world.

    org       `Org` and `TaskJobs`: the Salesforce org that is written to
    outcomes  what became of each write
    source    `Source`, `Progress`, `Stop`: chats, and a run that reads them
    provider  `Provider`, `ChatApi`: chat APIs, and their webhooks
    storage   `Inbox`, `TokenStore`: what is kept on this machine

Use cases know these and the ledger's face, and no adapter. Each Protocol's docstring is the promise
that every implementation keeps, the fakes of the tests included.
"""

from wasf.interfaces.org import (
    ApiUsage,
    FieldsChange,
    FieldsOutcome,
    FileUpload,
    JobRows,
    KeyField,
    LeadState,
    Org,
    OrgFacts,
    PeopleFound,
    StoredFields,
    StoredLead,
    StoredTask,
    TaskJobs,
)
from wasf.interfaces.outcomes import (
    NOT_SEEN,
    BatchLimit,
    LeadChangedMeanwhile,
    LeadDuplicate,
    LeadInDoubt,
    LeadNotSent,
    LeadOutcome,
    LeadTaken,
    LeadWritten,
    RowFit,
    TaskChanged,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
    WriteOutcome,
)
from wasf.interfaces.provider import (
    SERVER_URL,
    ApiAccess,
    ApiConnection,
    ApiOption,
    ChatApi,
    Endpoint,
    HookFile,
    HookReader,
    HookSecrets,
    Json,
    Proof,
    Provider,
    Provisional,
    ReadHookFile,
    ReadOptions,
    RequestHead,
    UnusableProvider,
    WebhookContent,
    WebhookMessage,
    Webhooks,
    WhatsAppAccount,
    Workspace,
    variable_name,
)
from wasf.interfaces.source import (
    AddressBookState,
    ChatReading,
    ExportOptions,
    FileState,
    FindUnchanged,
    NoProgress,
    NumberBook,
    Progress,
    Reached,
    Recall,
    Source,
    Stop,
    Unchanged,
    Unreadable,
    comes_again,
)
from wasf.interfaces.storage import Inbox, InboxCounts, Received, SetAside, StoredBody, TokenStore

__all__ = [
    "NOT_SEEN", "SERVER_URL", "AddressBookState", "ApiAccess", "ApiConnection", "ApiOption",
    "ApiUsage", "BatchLimit", "ChatApi", "ChatReading", "Endpoint", "ExportOptions", "FieldsChange",
    "FieldsOutcome", "FileState", "FileUpload", "FindUnchanged", "HookFile", "HookReader",
    "HookSecrets", "Inbox", "InboxCounts", "JobRows", "Json", "KeyField", "LeadChangedMeanwhile",
    "LeadDuplicate", "LeadInDoubt", "LeadNotSent", "LeadOutcome", "LeadState", "LeadTaken",
    "LeadWritten", "NoProgress", "NumberBook", "Org", "OrgFacts", "PeopleFound", "Progress",
    "Proof", "Provider", "Provisional", "Reached", "ReadHookFile", "ReadOptions", "Recall",
    "Received", "RequestHead", "RowFit", "SetAside", "Source", "Stop", "StoredBody", "StoredFields",
    "StoredLead", "StoredTask", "TaskChanged", "TaskInDoubt", "TaskJobs", "TaskLogged",
    "TaskNotSent", "TaskOutcome", "TaskRefused", "TokenStore", "Unchanged", "Unreadable",
    "UnusableProvider", "WebhookContent", "WebhookMessage", "Webhooks", "WhatsAppAccount",
    "Workspace", "WriteOutcome", "comes_again", "variable_name",
]  # fmt: skip
