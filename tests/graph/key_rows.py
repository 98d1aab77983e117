"""What changes which tasks' keys: a row for every key of the language, for code, versions and facts.

A row names the steps whose keys change by themselves; with them change exactly the steps that read them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SPEC = """\
mlc: 1
name: garden
description: Which plants will be tall?
timezone: UTC
seed: 3
schedule: [{cron: "0 2 * * *", run: [t]}]
include: {other: other.yaml}
parameters: {cost: {type: float, default: 1.5, min: 0, max: 9, one_of: [1.5, 2]}}
sources:
  plants:
    read: {connection: lake, table: plants}
    columns: {plant_id: int, soil: string, width: float, tall: bool, at: timestamp, seen: timestamp}
    key: [plant_id]
    time: at
    known: seen
    checks: [{expect: width > 0, at_most: 1%}, {fresh: 9d, warn: true}]
  rain: {read: data/rain.csv, columns: {rain_id: int, soil: string, mm: float, at: timestamp}, key: [rain_id], time: at}
  soils: {read: data/soils.csv, columns: {soil: string, acid: float}, key: [soil], static: true}
  wet: {sql: "select rain_id, soil, mm, at from rain where mm > 1", key: [rain_id], time: at}
  made: {use: "code.made:load", with: {n: 2}, inputs: {soils: soils}, columns: {soil: string, x: float}, static: true}
features:
  water: {from: wet, join: [soil], window: 7d, where: mm > 2, refresh: 1d, columns: {mm: sum(mm)}}
  ground: {from: soils, join: {soil: soil}, columns: [acid]}
  own: {columns: {width: width * 2}}
  word: {use: "code.word:word", with: {size: 3}, inputs: {text: soil}, columns: {code: float}}
examples:
  e:
    from: plants
    at: seen + interval 1 hour
    where: own.width > 1
    label: {from: rain, join: [soil], window: 0d..3d, where: mm > 1, value: count(*) > 2}
    weight: width
    split: {by: time, test: 10d, validation: 10d, folds: 2, train: 50d, gap: 4d}
  spine:
    from: rain
    at: {every: 7d, from: 2023-01-01, until: 2023-09-01, by: [soil]}
    label: {from: rain, join: [soil], window: 0d..1d, value: count(*)}
  drawn: {from: soils, label: {value: acid > 1}, split: {by: random, test: 20%, validation: 20%, folds: 1, group: soil}}
  named: {from: soils, label: acid, split: {by: "soil"}}
training:
  base: {examples: e, features: [own], model: sklearn.linear_model.LogisticRegression, metrics: [brier]}
  t:
    examples: e
    features: [water, ground.acid, word, base.prediction]
    prepare: {scale: {use: sklearn.preprocessing.StandardScaler, with: {with_std: true}, columns: [ground.acid]}}
    model: {use: "code.model:Model", with: {depth: 2, cost: $cost}}
    grid: {rate: [0.1, 0.2], leaves: {from: 1, to: 4, count: 2, scale: linear}}
    search: {random: 4}
    each: soil
    fallback: base
    min_rows: 2
    metrics: [brier, {use: "code.score:score", with: {beta: 1}}]
    select: {minimize: brier, per: [soil], top: 2}
    refit: true
    calibrate: sigmoid
    threshold: {maximize: f1}
    checkpoint: true
    when: drift.psi > 0.1
    resources: {cpu: 2, memory: 1Gi, gpu: 0, pool: big}
    retry: {limit: 2, backoff: 1s, max: 5s}
    timeout: 1h
    tolerate: 5%
  h:
    examples: e
    features: [own]
    model: code.model.Model
    grid: {rate: {from: 0.1, to: 1, step: 0.3}}
    search: {halving: {factor: 2, resource: rounds, min: 1, start: 4}}
    metrics: [brier]
    select: {minimize: brier}
serving:
  s: {model: t, mode: batch, examples: e, window: -1d..0d, write: out/s.csv, when: t.test.brier < t.live.test.brier}
  o: {model: base, mode: online, request: [plant_id], when: base.test.brier < 0.5}
experiments:
  x:
    {service: o, unit: plant_id, arms: {a: {share: 50%}, b: {share: 50%, threshold: 0.3}},
     outcome: {metric: brier, better: lower}, detect: 20%}
steps:
  drift: {use: "code.drift:psi", with: {bins: 5}, inputs: {now: sources.plants}, outputs: {psi: float, file: file},
          timeout: 10m, retry: 1, resources: {cpu: 1}, secrets: {token: crm}}
  by_soil: {use: "code.drift:each", inputs: {rows: sources.soils}, each: rows.soil, outputs: {n: int}}
  total: {use: "code.drift:total", inputs: {parts: by_soil.n}, outputs: {n: int}, after: [t], tolerate: 10%}
  box: {container: {image: "acme/report:1", command: [run]}, inputs: {table: examples.e}, outputs: {n: int},
        when: drift.psi > 1}
  ask: {approve: {message: Go?, timeout: 1d}, after: [box]}
  tell: {use: "code.drift:total", with: {parts: 1}, outputs: {n: int}, always: true}
"""
CODE = {
    "other.yaml": "mlc: 1\nname: other\n",
    "code/__init__.py": "",
    "code/made.py": "def load(soils, n):\n    return soils\n",
    "code/word.py": "from code import helper\n\n\ndef word(rows, size):\n    return rows\n\n\nother = word\n",
    "code/helper.py": "SIZE = 1\n",
    "code/unread.py": "SIZE = 1\n",
    "code/model.py": "from . import layers\n\n\nclass Model:\n    '''A model.'''\n\n\nOther = Model\n",
    "code/layers.py": "DEPTH = 1\n",
    "code/score.py": "def score(label, prediction, rows, beta):\n    return 0.0\n\n\nother = score\n",
    "code/drift.py": "def psi(now, bins):\n    return 0.0\n\n\ntotal = each = psi\n",
}


@dataclass(frozen=True)
class Row:
    """What is changed, and the steps whose keys change by themselves.

    Attributes:
        covers: the keys of the language, or the fact, that it is about.
        old, new: a text of the spec and what stands there instead.
        firsts: patterns of names of steps.
        files: user code that is written anew.
        facts: what a run finds instead.
        renamed: how names of steps change.
    """

    covers: str
    old: str = ""
    new: str = ""
    firsts: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    renamed: tuple[str, str] = ("", "")

    @property
    def name(self) -> str:
        """What the row is called in a report."""
        return f"{self.covers}: {self.old or [*self.files, *self.facts]} -> {self.new}".replace("\n", " ")


FEATURES = "examples.e.features"
FITS = "t.fit t.refit"
WON = "t.best t.threshold t.model t.report"
SEEDED = "*.fit *.fit_? *.refit *.prepare.* *.refit.* *.parts"
AS_OF = "sources.* examples.*.rows examples.*.all *.outcome *.parts s.frame* s.write"
ROWS = (
    Row("spec.mlc spec.name", "name: garden", "name: orchard"),
    Row("spec.description", "Which plants will be tall?", "Why not?"),
    Row("spec.timezone", "timezone: UTC", "timezone: Europe/Zurich", "*"),
    Row("spec.seed", "seed: 3", "seed: 4", SEEDED),
    Row("spec.schedule scheduled.cron scheduled.run", '"0 2 * * *", run: [t]', '"0 3 * * *", run: [h]'),
    Row("spec.include", "include: {other: other.yaml}\n", ""),
    Row("spec.parameters parameter.min parameter.max", "min: 0, max: 9", "min: 1, max: 8"),
    Row("parameter.one_of", ", one_of: [1.5, 2]", ""),
    Row("parameter.default", "default: 1.5, min: 0, max: 9, one_of: [1.5, 2]", "default: 2", FITS),
    Row(
        "parameter.type",
        "type: float, default: 1.5, min: 0, max: 9, one_of: [1.5, 2]",
        "type: string, default: a",
        FITS,
    ),
    Row("a parameter that is given", facts={"given": {"cost": "2"}}, firsts=FITS),
    Row("spec.sources", "read: data/soils.csv", "read: elsewhere/soils.csv"),
    Row("source.read read.path", "read: data/rain.csv", "read: {path: data/more/rain.parquet}"),
    Row("read.connection read.table", "{connection: lake, table: plants}", "{connection: pond, table: public.plants}"),
    Row("read.query", "{connection: lake, table: plants}", "{connection: lake, query: select * from plants}"),
    Row("read.files", "read: data/soils.csv", "read: {files: data/soils}", ""),
    Row("what a source holds", facts={"fingerprints": {"rain": "new"}}, firsts="sources.rain"),
    Row("source.sql", 'where mm > 1", key', 'where mm > 3", key', "sources.wet"),
    Row("source.use", "code.made:load", "code.drift:total", "sources.made"),
    Row("source.with", "with: {n: 2}", "with: {n: 3}", "sources.made"),
    Row("source.inputs", "inputs: {soils: soils}", "inputs: {ground: soils}", "sources.made"),
    Row(
        "source.columns",
        "acid: float}",
        "acid: float, extra: int}",
        "sources.soils sources.soils.checks examples.drawn.rows examples.named.rows",
    ),
    Row(
        "source.key",
        "key: [soil], static",
        "key: [acid], static",
        f"sources.soils sources.soils.checks {FEATURES}.ground examples.drawn.rows examples.named.rows",
    ),
    Row(
        "source.time",
        "key: [rain_id], time: at}\n  soils",
        "key: [rain_id], time: at, known: at + interval 0 hour}\n  soils",
        f"sources.rain sources.wet sources.rain.checks sources.wet.checks {FEATURES}.water examples.e.outcome",
    ),
    Row(
        "source.known",
        "known: seen",
        "known: seen + interval 1 second",
        "sources.plants sources.plants.checks examples.e.rows examples.e.all",
    ),
    Row("source.static", "static: true}\n  wet", "static: true, checks: []}\n  wet"),
    Row("source.checks check.expect check.at_most", "at_most: 1%", "at_most: 2%", "sources.plants.checks"),
    Row("check.expect", "expect: width > 0", "expect: width > 1", "sources.plants.checks"),
    Row("check.fresh", "fresh: 9d", "fresh: 8d", "sources.plants.checks"),
    Row("check.warn", "fresh: 9d, warn: true", "fresh: 9d", "sources.plants.checks"),
    Row("spec.features featuregroup.from", "from: wet, join", "from: rain, join", f"{FEATURES}.water"),
    Row("featuregroup.join", "join: {soil: soil}", "join: [soil]"),
    Row("featuregroup.join", "from: wet, join: [soil]", "from: wet, join: []", f"{FEATURES}.water"),
    Row("featuregroup.window", "window: 7d", "window: 8d", f"{FEATURES}.water"),
    Row("featuregroup.window", "window: 7d", "window: -7d..0d"),
    Row("featuregroup.window", "window: 7d", "window: 168h"),
    Row("featuregroup.where", "where: mm > 2", "where: mm > 3", f"{FEATURES}.water"),
    Row("featuregroup.where", "where: mm > 2", "where: mm  >  2"),
    Row("featuregroup.refresh", "refresh: 1d", "refresh: 2d", f"{FEATURES}.water"),
    Row("featuregroup.columns", "{mm: sum(mm)}", "{mm: max(mm)}", f"{FEATURES}.water"),
    Row("featuregroup.columns", "width * 2", "width * 3", f"{FEATURES}.own"),
    Row("featuregroup.use", "code.word:word", "code.word:other", f"{FEATURES}.word"),
    Row("featuregroup.with", "with: {size: 3}", "with: {size: 4}", f"{FEATURES}.word"),
    Row("featuregroup.inputs", "inputs: {text: soil}", "inputs: {words: soil}", f"{FEATURES}.word"),
    Row("spec.examples examples.from examples.at", "interval 1 hour", "interval 2 hour", "examples.e.all"),
    Row("examples.where", "own.width > 1", "own.width > 2", "examples.e.rows"),
    Row("examples.label", "count(*) > 2", "count(*) > 1", "examples.e.outcome"),
    Row("label.value", "{value: acid > 1}", "{value: acid > 2}", "examples.drawn"),
    Row("label.from", "label: {from: rain", "label: {from: wet", "examples.e.outcome"),
    Row("label.join", "label: {from: rain, join: [soil]", "label: {from: rain, join: []", "examples.e.outcome"),
    Row("label.window", "0d..3d", "0d..2d", "examples.e.outcome"),
    Row("label.where", "0d..3d, where: mm > 1", "0d..3d, where: mm > 9", "examples.e.outcome"),
    Row("examples.weight", "weight: width", "weight: width + 1", "examples.e"),
    Row("examples.split timesplit.by timesplit.test", "test: 10d", "test: 11d", "examples.e.parts"),
    Row("timesplit.validation", "validation: 10d", "validation: 11d", "examples.e.parts"),
    Row("timesplit.train", "train: 50d", "train: all", "examples.e.parts"),
    Row("timesplit.gap", "gap: 4d", "gap: 5d", "examples.e.parts"),
    Row("timesplit.gap", "gap: 4d", "gap: 96h"),
    Row("timesplit.folds", "folds: 2, train", "folds: 3, train", "examples.e.parts"),
    Row("spine.every", "every: 7d", "every: 8d", "examples.spine.rows"),
    Row("spine.from", "{every: 7d, from: 2023-01-01", "{every: 7d, from: 2023-01-02", "examples.spine.rows"),
    Row("spine.until", "until: 2023-09-01", "until: 2023-09-02", "examples.spine.rows"),
    Row("spine.by", ", by: [soil]", ", by: [rain_id]", "examples.spine.rows"),
    Row("randomsplit.by randomsplit.test", "test: 20%", "test: 30%", "examples.drawn.parts"),
    Row("randomsplit.validation", "validation: 20%", "validation: 30%", "examples.drawn.parts"),
    Row("randomsplit.folds", "validation: 20%, folds: 1", "folds: 3", "examples.drawn.parts"),
    Row("randomsplit.group", ", group: soil", "", "examples.drawn.parts"),
    Row("expressionsplit.by", 'by: "soil"', 'by: "lower(soil)"', "examples.named"),
    Row("the logical time", facts={"as_of": 1_700_000_000_000_001}, firsts=AS_OF),
    Row(
        "spec.training training.examples",
        "base: {examples: e, features: [own]",
        "base: {examples: e, features: [own, word]",
        "base.rows base.split base.all base.model s.frame.base",
    ),
    Row(
        "training.features",
        "[water, ground.acid, word, base.prediction]",
        "[water, word, ground.acid, base.prediction]",
        "t.rows t.split t.all t.model s.frame",
    ),
    Row(
        "training.prepare stage.use",
        "sklearn.preprocessing.StandardScaler",
        "garden_stages.Scaler",
        "t.prepare.scale t.refit.scale",
    ),
    Row("stage.with", "with_std: true", "with_std: false", "t.prepare.scale t.refit.scale"),
    Row("stage.columns", ", columns: [ground.acid]", "", "t.prepare.scale t.refit.scale"),
    Row("training.model call.use", "code.model:Model", "code.model:Other", FITS),
    Row("call.use", "code.model:Model", "code.model.Model", FITS),
    Row("call.with", "depth: 2", "depth: 3", FITS),
    Row("training.grid", "rate: [0.1, 0.2]", "rate: [0.1, 0.2, 0.3]", WON),
    Row("training.grid", "rate: [0.1, 0.2]", "rate: [0.2, 0.1]", WON),
    Row(
        "valuerange.from valuerange.to valuerange.count",
        "from: 1, to: 4, count: 2",
        "from: 1, to: 4, count: 4",
        WON,
    ),
    Row("valuerange.scale", "count: 2, scale: linear", "count: 2, scale: log"),
    Row("valuerange.step", "step: 0.3", "step: 0.1", "h.keep_? h.best h.model h.report"),
    Row("training.search search.random", "    search: {random: 4}\n", "    search: grid\n", WON),
    Row("search.halving halving.factor", "factor: 2", "factor: 4", "h.keep_0"),
    Row("halving.resource", "resource: rounds", "resource: turns", "h.fit* h.refit"),
    Row("halving.min", "rounds, min: 1", "rounds, min: 2", "h.fit* h.refit"),
    Row("halving.start", "min: 1, start: 4", "min: 1, start: 3", "h.keep_? h.fit h.refit"),
    Row("training.each", "each: soil", "each: {soil: [clay, sand]}", "t.values"),
    Row("training.min_rows", "min_rows: 2", "min_rows: 3", "t.values"),
    Row("training.fallback", "fallback: base", "fallback: h", "t.bundle"),
    Row("training.metrics metric.use", "code.score:score", "code.score:other", "t.score t.report s.live.t"),
    Row("metric.with", "beta: 1", "beta: 2", "t.score t.report s.live.t"),
    Row("training.select select.minimize select.maximize", "{minimize: brier, per", "{maximize: score, per", "t.best"),
    Row("select.per", "per: [soil]", "per: []"),
    Row("select.top", "top: 2", "top: 1", "t.best t.threshold t.model t.report"),
    Row("training.refit", "refit: true", "refit: false", "t.model"),
    Row("training.calibrate", "sigmoid", "isotonic", "t.calibration"),
    Row("training.threshold objective.maximize objective.minimize", "maximize: f1", "minimize: fp + fn", "t.threshold"),
    Row("training.when", "when: drift.psi > 0.1", "when: drift.psi > 0.2", "t.gate"),
    Row(
        "training.checkpoint training.retry retry.limit retry.backoff retry.max",
        "checkpoint: true\n",
        "checkpoint: false\n",
    ),
    Row("training.retry retry.limit retry.backoff retry.max", "{limit: 2, backoff: 1s, max: 5s}", "3"),
    Row(
        "training.resources resources.cpu resources.memory resources.gpu resources.pool",
        "{cpu: 2, memory: 1Gi, gpu: 0, pool: big}",
        "{cpu: 1, memory: 2Gi, gpu: 1, pool: small}",
    ),
    Row("training.timeout", "timeout: 1h\n", "timeout: 2h\n"),
    Row("training.tolerate", "tolerate: 5%", "tolerate: 6%"),
    Row("spec.serving batch.mode batch.model", "s: {model: t", "s: {model: h", "s.live s.predictions s.frame s.write"),
    Row("batch.examples", "mode: batch, examples: e", "mode: batch"),
    Row("batch.window", "window: -1d..0d", "window: -2d..0d", "s.frame*"),
    Row("batch.write write.path", "out/s.csv", "out/other.csv", "s.write"),
    Row("write.connection write.table", "out/s.csv", "{connection: lake, table: s}", "s.write"),
    Row("batch.when", "t.test.brier < t.live.test.brier", "t.test.brier <= t.live.test.brier", "s.gate"),
    Row("online.mode online.model online.request", ", request: [plant_id]", ""),
    Row("online.when", "base.test.brier < 0.5", "base.test.brier < 0.6", "o.gate"),
    Row("the model that is live", facts={"live": 2}, firsts="s.live.t"),
    Row(
        "spec.experiments "
        + " ".join(
            f"{model}.{name}"
            for model, names in {
                "experiment": "service unit arms outcome guardrails detect power alpha daily_units max_duration "
                "baseline covariate where segments layer holdout",
                "arm": "share model threshold",
                "outcome": "metric from join window value better",
                "guardrail": "metric from join window value better at_most",
                "baseline": "rate mean std",
            }.items()
            for name in names.split()
        ),
        "detect: 20%",
        "detect: 30%",
    ),
    Row("spec.steps step.use", "code.drift:psi", "code.drift:each", "drift"),
    Row("step.with", "bins: 5", "bins: 6", "drift"),
    Row("step.inputs", "inputs: {now: sources.plants}", "inputs: {now: sources.rain}", "drift"),
    Row("step.outputs", "{psi: float, file: file}", "{psi: float, more: file}", "drift"),
    Row("step.each", "each: rows.soil", "each: rows.acid", "by_soil.values total"),
    Row("step.container container.image", "acme/report:1", "acme/report:2", "box"),
    Row("container.command", "command: [run]", "command: [go]", "box"),
    Row("step.approve approval.message", "message: Go?", "message: Stop?", "ask"),
    Row("approval.timeout", "message: Go?, timeout: 1d", "message: Go?, timeout: 2d", "ask"),
    Row("step.after", "outputs: {n: int}, after: [t]", "outputs: {n: int}", "total"),
    Row("step.when", "when: drift.psi > 1}", "when: drift.psi > 2}", "box.gate"),
    Row("step.always", ", always: true", "", "tell"),
    Row("step.timeout", "timeout: 10m", "timeout: 20m"),
    Row("step.retry", "retry: 1, resources", "retry: 2, resources"),
    Row("step.resources", "resources: {cpu: 1}", "resources: {cpu: 2}"),
    Row("step.secrets", "secrets: {token: crm}", "secrets: {token: other}"),
    Row("step.tolerate", "after: [t], tolerate: 10%", "after: [t], tolerate: 20%"),
    Row("the name of a step", "  total: {", "  sum: {", "", renamed=("total", "sum")),
    Row("the values found by a finder", facts={"found": ("clay", "sand", "peat")}, firsts="t.bundle t.report total"),
    Row(
        "a comment and blank lines in code",
        files={
            "code/model.py": "\n# why\nfrom . import layers  # here\n\n\n"
            "class Model:\n\n    '''A model.'''\n\nOther = Model\n"
        },
    ),
    Row(
        "what code says",
        files={"code/model.py": "class Model:\n    '''Another.'''\n"},
        firsts=f"{FITS} h.fit* h.refit",
    ),
    Row("a module that is imported", files={"code/helper.py": "SIZE = 2\n"}, firsts=f"{FEATURES}.word"),
    Row(
        "a module that is imported relatively",
        files={"code/layers.py": "DEPTH = 2\n"},
        firsts=f"{FITS} h.fit* h.refit",
    ),
    Row("a module that nobody imports", files={"code/unread.py": "SIZE = 2\n"}),
    Row("a file that is no code", files={"notes.txt": "nothing"}),
    Row(
        "the package of the functions",
        files={"code/__init__.py": "X = 1\n"},
        firsts=f"sources.made {FEATURES}.word {FITS} h.fit* h.refit t.score t.report s.live.t drift by_soil total tell",
    ),
    Row("the version of Python", facts={"versions": {"python": "2"}}, firsts="*"),
    Row("the version of DuckDB", facts={"versions": {"duckdb": "2"}}, firsts="sources.* examples.* *.gate"),
    Row(
        "the version of scikit-learn",
        facts={"versions": {"sklearn": "2"}},
        firsts="*.score* *.report base.fit base.refit t.prepare.* t.refit.* *.calibration *.threshold s.live.t",
    ),
)
