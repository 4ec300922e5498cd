"""Shows the weaknesses that pip-audit found in the locked versions; ends 1 if there is one.

What could not be looked up, for want of a network or of an index that has the data, is no failure.
"""

import json
import sys
from pathlib import Path


def main(path: Path) -> int:
    """Read the JSON of pip-audit, which is not there if it could not ask."""
    try:
        packages = json.loads(path.read_text(encoding="utf-8"))["dependencies"]
    except (OSError, ValueError):
        packages = []
    asked = [one for one in packages if "vulns" in one]
    weak = [(one, weakness) for one in asked for weakness in one["vulns"]]
    for one, weakness in weak:
        mended = ", ".join(weakness["fix_versions"]) or "no version"
        print(f"{one['name']} {one['version']}: {weakness['id']}, mended in {mended}")
    print(f"{len(asked)} of the locked versions looked up, {len(weak)} weaknesses known.")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
