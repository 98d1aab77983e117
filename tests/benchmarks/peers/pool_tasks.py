"""A plain pool of two processes, or joblib with batches of one: tasks that return what they are given.

Prints the seconds that the tasks take after the processes have started.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor


def nothing(number):
    return number


def pool(tasks):
    with ProcessPoolExecutor(2) as executor:
        list(executor.map(nothing, range(4)))
        start = time.perf_counter()
        list(executor.map(nothing, range(tasks)))
        return time.perf_counter() - start


def batches(tasks):
    from joblib import Parallel, delayed

    with Parallel(2, batch_size=1) as parallel:
        parallel(delayed(nothing)(number) for number in range(4))
        start = time.perf_counter()
        parallel(delayed(nothing)(number) for number in range(tasks))
        return time.perf_counter() - start


if __name__ == "__main__":
    print({"pool": pool, "joblib": batches}[sys.argv[1]](int(sys.argv[2])))
