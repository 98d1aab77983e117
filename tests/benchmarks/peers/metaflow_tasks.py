"""Metaflow: a foreach over tasks that do nothing, two at a time: `python metaflow_tasks.py run --tasks N`.

With `--notes FILE`, each writes its number and the time there as it starts.
"""

import time
from pathlib import Path

from metaflow import FlowSpec, Parameter, step


class NothingFlow(FlowSpec):
    tasks = Parameter("tasks", type=int, default=40)
    notes = Parameter("notes", default="")

    @step
    def start(self):
        self.items = list(range(self.tasks))
        self.next(self.each, foreach="items")

    @step
    def each(self):
        if self.notes:
            with Path(self.notes).open("a", encoding="utf-8") as file:
                file.write(f"{self.input} {time.time()}\n")
        self.value = self.input
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    NothingFlow()
