"""When runs start by themselves: EventBridge Scheduler, which tells each run the time that it was due at.

Runs may overlap: what one has made the other finds. A start that cannot be made is tried again for an hour.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from mlc_runtime.plan import Plan
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.roles import allow, role

Data = dict[str, Any]

_LATE = 3600
_MONTHS = ("", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class TwoDaysError(ValueError):
    """A line of cron that means days of the month or of the week, whichever comes, which AWS cannot say."""


def schedules(plan: Plan, site: Site) -> dict[str, Data]:
    """The resources of a pipeline's schedules."""
    entries = plan.spec.get("schedule") or ()
    if not entries:
        return {}
    target = {
        "Arn": {"Ref": "Machine"},
        "RoleArn": {"Fn::GetAtt": ["ScheduleRole", "Arn"]},
        "Input": json.dumps({"as_of": "<aws.scheduler.scheduled-time>"}),
        "RetryPolicy": {"MaximumEventAgeInSeconds": _LATE},
    }
    found: dict[str, Data] = {
        f"Schedule{place}": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "ScheduleExpression": cron(entry["cron"]),
                "ScheduleExpressionTimezone": plan.spec.get("timezone", "UTC"),
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": target,
            },
        }
        for place, entry in enumerate(entries)
    }
    start = [allow(["states:StartExecution"], {"Ref": "Machine"})]
    return {**found, "ScheduleRole": role(plan, site, "scheduler", start)}


def cron(line: str) -> str:
    """A line of cron as EventBridge writes it: with a year, days by name, `?` for the kind of day that is not meant.

    >>> cron("0 3 * * 1-5"), cron("*/5 8-18/2 1 jan *")
    ('cron(0 3 ? * MON,TUE,WED,THU,FRI *)', 'cron(0/5 8,10,12,14,16,18 1 JAN ? *)')

    Raises:
        TwoDaysError: both kinds of days are meant.
    """
    minute, hour, day, month, weekday = line.upper().split()
    if weekday == "*":
        weekday = "?"
    elif day == "*":
        day, weekday = "?", ",".join(dict.fromkeys(_DAYS[number] for number in _numbers(weekday, 0, 6, _DAYS)))
    else:
        raise TwoDaysError(line)
    fields = (_field(minute, 0, 59), _field(hour, 0, 23), _field(day, 1, 31), _field(month, 1, 12), weekday)
    return f"cron({' '.join(fields)} *)"


def _field(text: str, low: int, high: int) -> str:
    """A field; ranges with steps, and steps among other parts, are told one by one."""
    if "/" not in text:
        return text
    start, _, step = text.partition("/")
    if start == "*" or start.isdigit():
        return f"{low if start == '*' else start}/{step}" if step.isdigit() else _listed(text, low, high)
    return _listed(text, low, high)


def _listed(text: str, low: int, high: int) -> str:
    return ",".join(map(str, sorted(set(_numbers(text, low, high, _MONTHS)))))


def _numbers(text: str, low: int, high: int, names: Sequence[str]) -> Iterator[int]:
    for part in text.split(","):
        ends, _, step = part.partition("/")
        first, _, last = ends.partition("-")
        start = low if first == "*" else _number(first, names)
        end = _number(last, names) if last else high if first == "*" or step else start
        yield from range(start, end + 1, int(step or 1))


def _number(text: str, names: Sequence[str]) -> int:
    return int(text) if text.isdigit() else names.index(text)
