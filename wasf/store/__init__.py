"""What wasf keeps on this machine.

    settings        what a team chose
    credentials     tokens and other secrets
    ledger          what was imported and logged, in a database for each org
    profiles        sign-ins, known orgs and connected chat APIs, in small JSON files
    files           where each file is, how it is written, and locks
    runs            the log of runs
    checks          what `wasf doctor` checks here

`settings`, `credentials` and `ledger` are packages with a face; the other modules are public.
"""
