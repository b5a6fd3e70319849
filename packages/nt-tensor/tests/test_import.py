"""`import nt_tensor` is quick, and loads no library that is not asked for."""

import statistics
import subprocess
import sys

TIMES = """
import time
import numpy
start = time.process_time()  # what others do on the machine does not count
import nt_tensor
print(time.process_time() - start)
"""

MODULES = """
import sys
import nt_tensor
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def python(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    ).stdout


def test_the_import_takes_less_than_a_sixth_of_a_second_beyond_numpys():
    assert statistics.median(float(python(TIMES)) for _ in range(5)) < 0.15


def test_no_accelerator_library_comes_along():
    assert not {"mlx", "cupy", "numba", "torch", "scipy"} & set(python(MODULES).split())
