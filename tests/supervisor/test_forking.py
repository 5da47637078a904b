"""What forks must not share although they share everything else."""

import subprocess
import sys

# what the zygote does: the module is loaded, then processes are forked from it
FORKS = """
import os
from happ_project.core import ids
ids.new_id()  # whatever state it keeps exists before the fork
for _ in range(3):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, "\\n".join(str(ids.new_id()) for _ in range(200)).encode())
        os._exit(0)
    os.wait()
    print(os.read(reading, 60000).decode())
"""


def test_forked_processes_never_make_the_same_id() -> None:
    made = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=True).stdout.split()

    assert len(made) == len(set(made)) == 600
