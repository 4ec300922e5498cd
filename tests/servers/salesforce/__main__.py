"""python -m tests.servers.salesforce: the org as a process; ends when its standard input ends."""

import argparse
import json
import sys

from tests.servers.salesforce.server import OrgServer, ServerOptions


def main() -> None:
    """Serve, after one line of JSON that says where and with which tokens."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.salesforce")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--path", default=":memory:", help="the SQLite file of the org")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds for each answer")
    chosen = parser.parse_args()
    server = OrgServer(ServerOptions(chosen.port, chosen.path))
    server.control.run("latency", {"milliseconds": chosen.latency})
    about = {"base_url": server.base_url, "control_token": server.control_token}
    sys.stdout.write(json.dumps(about) + "\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()
    server.stop()


if __name__ == "__main__":
    main()
