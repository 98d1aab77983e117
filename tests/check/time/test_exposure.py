"""Experiments and the rule of time: what divides the units is known when they meet their arm."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlc_compiler.driver import check_file

SPEC = """
mlc: 1
name: shop
sources:
  orders:
    read: orders.parquet
    columns: {{id: int, customer: int, country: string, amount: float, placed: timestamp, sent: timestamp, back: bool}}
    key: [id]
    time: placed
    known: {{back: placed + interval 30 day, sent: sent}}
  visits:
    read: visits.parquet
    columns: {{customer: int, at: timestamp, minutes: float}}
    time: at
    known: at + interval 3 day
  notes: {{read: notes.parquet, columns: {{customer: int, rating: float}}}}
features:
  order: {{columns: [amount]}}
  own: {{columns: {{back: back::int}}}}
  past: {{from: orders, join: [customer], window: 90d,
         columns: {{spent: sum(amount), back: count(*) filter (where back)}}}}
  soon: {{from: visits, join: [customer], window: -1d..0d, columns: {{minutes: sum(minutes)}}}}
  rated: {{from: notes, join: [customer], columns: [rating]}}
examples:
  orders: {{from: orders, label: back, split: {{by: time, test: 60d, validation: 60d}}}}
training:
  plain: {{examples: orders, features: [order], model: sklearn.linear_model.LogisticRegression}}
  back: {{examples: orders, features: [order], model: sklearn.ensemble.HistGradientBoostingClassifier}}
serving: {{ask: {{model: back, mode: online}}}}
experiments:
  better:
    service: ask
    unit: customer
    arms: {{control: {{share: 50%, model: plain}}, new: {{share: 50%}}}}
    outcome: {outcome}
    detect: 5%
    {more}
"""
VISITS = "{from: visits, join: [customer], window: 0d..14d, value: sum(minutes), better: higher}"
METRIC = "{metric: brier, better: lower}"


def found(folder: Path, outcome: str, more: str) -> list[tuple[str, str]]:
    path = folder / "p.yaml"
    path.write_text(SPEC.format(outcome=outcome, more=more))
    checked = check_file(path, "p.yaml")
    document = checked.documents["p.yaml"]
    marked = [(each.code, document.span(each.place)) for each in checked.diagnostics if each.severity == "error"]
    return [(code, document.text[span.start.offset : span.end.offset]) for code, span in marked]


@pytest.mark.parametrize(
    "more",
    [
        "covariate: past.spent",
        "covariate: past.back",
        "covariate: amount",
        "where: amount > 10 and past.spent > 0",
        "segments: [country, past.spent]",
        "max_duration: 18d",
    ],
)
def test_what_is_known_at_the_exposure_is_accepted(tmp_path: Path, more: str) -> None:
    assert found(tmp_path, VISITS, more) == []


@pytest.mark.parametrize(
    ("more", "code", "text"),
    [
        ("covariate: own.back", "MLC410", "back"),
        ("covariate: rated.rating", "MLC432", "notes"),
        ("covariate: soon.minutes", "MLC430", "-1d..0d"),
        ("where: not back", "MLC410", "back"),
        ("where: own.back = 0", "MLC410", "back"),
        ("where: sent > placed", "MLC411", "sent"),
        ("segments: [country, back]", "MLC410", "back"),
        ("covariate: back", "MLC410", "back"),
    ],
)
def test_what_becomes_known_later_is_refused(tmp_path: Path, more: str, code: str, text: str) -> None:
    assert found(tmp_path, VISITS, more) == [(code, text)]


@pytest.mark.parametrize(
    ("outcome", "first", "last"),
    [
        (VISITS, "17d", "18d"),  # fourteen days of visits, the last of them known three days later
        (METRIC, "30d", "31d"),  # the label is known after thirty days
    ],
)
def test_the_outcome_is_known_before_the_experiment_ends(tmp_path: Path, outcome: str, first: str, last: str) -> None:
    assert found(tmp_path, outcome, f"max_duration: {first}") == [("MLC619", first)]
    assert found(tmp_path, outcome, f"max_duration: {last}") == []
