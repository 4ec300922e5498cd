"""The REST API of one org: requests, their errors, checked JSON, and SOQL.

`RestClient` sends a request and returns checked JSON. A request without a usable answer raises
`RequestFailed`, which says whether it may have been executed; `only_our_errors` turns it into the
`WasfError` that people see. Nothing here knows what wasf keeps in an org.

    client -> transport -> wasf.http      one request: token, budget, retry, bounded answer
    composite                             several requests, or records, in one call
    formats                               queries quoted, answers checked

simple-salesforce and requests are loaded with the first request.
"""

from wasf.salesforce.api.client import (
    RETRY,
    TIMEOUTS,
    ApiBudget,
    FormResponse,
    OfferedVersions,
    PackedBody,
    RestClient,
    post_form,
    read_versions,
)
from wasf.salesforce.api.composite import (
    GONE,
    MOST_PARTS,
    MOST_RECORDS,
    NO_ASSIGNMENT,
    CompositePart,
    FailedQuery,
    Inserted,
    Rejected,
    collection_body,
    composite_body,
    composite_parts,
    delete_records,
    failed_with_call,
    guarded_change,
    insert_records,
    insert_results,
    is_locked,
    read_together,
    refusal_of,
    refusal_of_request,
    rows_of,
    run_queries,
    try_queries,
    update_records,
)
from wasf.salesforce.api.errors import (
    ApiError,
    DuplicateResult,
    Execution,
    RequestFailed,
    failure,
    not_understood,
    only_our_errors,
)
from wasf.salesforce.api.formats import (
    LONGEST_QUERY,
    Object,
    Query,
    api_name,
    as_list,
    as_object,
    as_objects,
    by_values,
    condition,
    errors_in,
    flag,
    format_soql,
    full_id,
    http_date,
    identity_in,
    moment,
    of_whole_characters,
    parsed,
    query_chunks,
    record_id,
    select,
    storable,
    text,
    type_of,
)

__all__ = [
    "GONE", "LONGEST_QUERY", "MOST_PARTS", "MOST_RECORDS", "NO_ASSIGNMENT", "RETRY", "TIMEOUTS",
    "ApiBudget", "ApiError", "CompositePart", "DuplicateResult", "Execution", "FailedQuery",
    "FormResponse", "Inserted", "Object", "OfferedVersions", "PackedBody", "Query", "Rejected",
    "RequestFailed", "RestClient", "api_name", "as_list", "as_object", "as_objects", "by_values",
    "collection_body", "composite_body", "composite_parts", "condition", "delete_records",
    "errors_in", "failed_with_call", "failure", "flag", "format_soql", "full_id", "guarded_change",
    "http_date", "identity_in", "insert_records", "insert_results", "is_locked", "moment",
    "not_understood", "of_whole_characters", "only_our_errors", "parsed", "post_form",
    "query_chunks", "read_together", "read_versions", "record_id", "refusal_of",
    "refusal_of_request", "rows_of", "run_queries", "select", "storable", "text", "try_queries",
    "type_of", "update_records",
]  # fmt: skip
