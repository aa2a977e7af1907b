"""Run a command, and lose a node in the first attempt of the job once a file exists.

    mnp-launch -- python lose_node.py FILE COMMAND...

The launcher of node 1 is killed, as if its instance had failed.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

file, *command = sys.argv[1:]
process = subprocess.Popen(command)
if (os.environ["MNP_NODE_INDEX"], os.environ["AWS_BATCH_JOB_ATTEMPT"]) == ("1", "1"):
    while process.poll() is None and not Path(file).exists():
        time.sleep(0.02)
    os.kill(os.getppid(), signal.SIGKILL)
sys.exit(process.wait())
