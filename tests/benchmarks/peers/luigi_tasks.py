"""Luigi: tasks that do nothing but write a file, two workers, the scheduler in the process.

Prints the seconds from before the first task to after the last.
"""

import sys
import time
from pathlib import Path

import luigi

FOLDER = Path(sys.argv[1])
TASKS = int(sys.argv[2])


class Nothing(luigi.Task):
    number = luigi.IntParameter()

    def output(self):
        return luigi.LocalTarget(str(FOLDER / str(self.number)))

    def run(self):
        with self.output().open("w") as file:
            file.write(str(self.number))


start = time.perf_counter()
assert luigi.build(
    [Nothing(number=number) for number in range(TASKS)], workers=2, local_scheduler=True, log_level="ERROR"
)
print(time.perf_counter() - start)
