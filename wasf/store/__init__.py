"""What stays on this machine: settings and the ledger."""
