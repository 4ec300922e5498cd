"""python -m wasf.demo.salesforce: the org as a process; ends when its standard input ends."""

import argparse
import asyncio
import json
import sys
import threading
from contextlib import suppress

from wasf.demo.salesforce.seed import Seed
from wasf.demo.salesforce.server import Options, Server


def main() -> None:
    """Serves, after one line of JSON that says where and with which tokens."""
    parser = argparse.ArgumentParser(prog="python -m wasf.demo.salesforce", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--path", default=":memory:", help="the org's SQLite file")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds per request")
    chosen = parser.parse_args()
    server = Server(Options(chosen.port, chosen.path, Seed()))
    server.gate.latency = chosen.latency / 1000
    about = {
        "base_url": server.base_url,
        "access_token": server.access_token,
        "control_token": server.control_token,
        "org_id": server.org.org_id,
        "user_id": server.org.user_id,
    }
    sys.stdout.write(json.dumps(about) + "\n")
    sys.stdout.flush()
    threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    with suppress(KeyboardInterrupt):
        asyncio.run(server.serve())


def _stop_at_end_of_input(server: Server) -> None:
    sys.stdin.buffer.read()
    server.stop()


if __name__ == "__main__":
    main()
