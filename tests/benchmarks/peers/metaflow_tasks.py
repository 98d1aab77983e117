"""Metaflow: a foreach over tasks that do nothing, two at a time: `python metaflow_tasks.py run --tasks N`."""

from metaflow import FlowSpec, Parameter, step


class NothingFlow(FlowSpec):
    tasks = Parameter("tasks", type=int, default=40)

    @step
    def start(self):
        self.items = list(range(self.tasks))
        self.next(self.each, foreach="items")

    @step
    def each(self):
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
