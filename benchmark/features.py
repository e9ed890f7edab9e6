"""How much room kept frame features take, and how to free it: ``python benchmark/features.py results/quick [--clear]``.

run_all.py and evaluate.py keep the features of every encoding in the folder features/ of their output; they are made again
where they are missing, so they may be deleted at any time.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmark.command import Parser, fail
from benchmark.store import Store


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    parser = Parser("features.py", __doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="an output folder of run_all.py")
    parser.add_argument("--clear", action="store_true", help="delete the kept features")
    asked = parser.parse_args(arguments)
    if not asked.folder.is_dir():
        fail(f"no output folder '{asked.folder}'")
    from d2st.evaluation import FeatureStore

    store = FeatureStore(Store(asked.folder).features)
    size, number = store.size(), len(store.files())
    if asked.clear:
        store.clear()
    print(
        f"{store.root}: {number} encodings, {size / 1e6:,.1f} MB{', deleted' if asked.clear and number else ''}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
