"""Code that draws without a generator of its own draws the same each time, whenever it imports NumPy."""

import subprocess
import sys

import pytest

IMPORTS = ("import numpy as np; draw = np.random.random", "from numpy.random import random as draw")


@pytest.mark.parametrize("imported", IMPORTS)
def test_numpy_is_seeded_when_it_is_imported(imported: str) -> None:
    code = f"""
from mlc_runtime.seed import seed
seed(1)
seed(3)
{imported}
first = draw()
seed(3)
print(first == draw())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_numpy_need_not_be_there() -> None:
    code = """
import sys
from mlc_runtime.seed import seed
seed(1)
sys.path.clear()
try:
    import numpy.random
except ModuleNotFoundError as error:
    print(error.name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "numpy\n"
