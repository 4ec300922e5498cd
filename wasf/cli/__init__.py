"""The command line: parse, call, show, exit. The only importer of typer."""
