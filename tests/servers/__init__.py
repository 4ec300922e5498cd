"""The servers that tests, benchmarks and gates run against: those of the demo, extended.

`salesforce.LocalOrg` is the demo's org with sign-in, the Tooling API, an admin's configuration,
faults, and control from the test's process. `timelines.LocalChatApi` is the demo's chat API with
webhooks and faults.
"""
