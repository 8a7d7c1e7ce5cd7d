"""Builds the documents in sample_docs/library/ from sample_docs/sources/.

python sample_docs/build.py           writes them all anew
python sample_docs/build.py --check   fails if the library differs from what would be written
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Run as a script, from wherever: the package is found from the root of the repository.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from sample_docs.builders.library import main

    sys.exit(main())
