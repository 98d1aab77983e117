"""The pipeline of the countries for Metaflow: a branch for each country, and within it one for each setting.

`python metaflow_countries.py --datastore s3 argo-workflows create --only-json`
"""

from metaflow import FlowSpec, step


class CountriesFlow(FlowSpec):
    @step
    def start(self):
        self.table = "table"
        self.next(self.features)

    @step
    def features(self):
        self.countries = [str(number) for number in range(202)]
        self.next(self.settings, foreach="countries")

    @step
    def settings(self):
        self.country = self.input
        self.grid = list(range(100))
        self.next(self.train, foreach="grid")

    @step
    def train(self):
        self.score = 0.0
        self.next(self.select)

    @step
    def select(self, inputs):
        self.best = max(one.score for one in inputs)
        self.next(self.register)

    @step
    def register(self, inputs):
        self.next(self.predict)

    @step
    def predict(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    CountriesFlow()
