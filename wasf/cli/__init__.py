"""The command line: parse, call, show, exit. The only importer of typer.

`command_table` says in which module each command is. Commands of one kind are in one module:

    sync, listen, config, connect, demo, help  the command of that name
    status                                     status, runs, report
    chats                                      link, unlink, review, allow, skip
    corrections                                undo, verify, forget, purge
    doctor                                     doctor, test-lead
    sign_in                                    orgs, disconnect; `sign_in_request` is for connect
    storage                                    ledger, inbox
"""
