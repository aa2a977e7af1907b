"""Build the launcher as one executable file from a checkout, where it need not be installed.

python launcher/build_zipapp.py dist/mnp-launch
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "src"))

from cdk_batch_mnp_launch.zipapp import main

if __name__ == "__main__":
    main()
