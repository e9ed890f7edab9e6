"""``python -m d2st.data.embedded``: writes both datasets where absent and prints where they are."""

import sys

from d2st.data.embedded import NAMES, ensure
from d2st.errors import UserError


def main() -> int:
    """Exit code 0, or 2 with one sentence on stderr."""
    try:
        for name in NAMES:
            print(f"{name}: {ensure(name)}")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
