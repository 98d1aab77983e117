"""When runs start by themselves: EventBridge Scheduler, which tells each run the time that it was due at.

Runs may overlap: what one has made the other finds. A start that cannot be made is tried again for an hour.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from mlc_stepfunctions.roles import allow, role
from mlc_stepfunctions.state_machines import StateMachine

Data = dict[str, Any]

_LATE = 3600
_MONTHS = ("", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class TwoDaysError(ValueError):
    """A line of cron that means days of the month or of the week, whichever comes, which AWS cannot say."""


def schedules(machines: Sequence[StateMachine]) -> dict[str, Data]:
    """The resources of a pipeline's schedules."""
    entries = [(machine, line) for machine in machines for line in machine.part.crons]
    if not entries:
        return {}
    found = {f"Schedule{place}": _schedule(machine, line) for place, (machine, line) in enumerate(entries)}
    started = dict.fromkeys(f"{machine.id}Machine" for machine, _ in entries)
    start = [allow(["states:StartExecution"], *({"Ref": name} for name in started))]
    return {**found, "ScheduleRole": role(machines[0].plan, machines[0].site, "scheduler", start)}


def _schedule(machine: StateMachine, line: str) -> Data:
    return {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "ScheduleExpression": cron(line),
            "ScheduleExpressionTimezone": machine.plan.spec.get("timezone", "UTC"),
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": {"Ref": f"{machine.id}Machine"},
                "RoleArn": {"Fn::GetAtt": ["ScheduleRole", "Arn"]},
                "Input": json.dumps({"as_of": "<aws.scheduler.scheduled-time>"}),
                "RetryPolicy": {"MaximumEventAgeInSeconds": _LATE},
            },
        },
    }


def cron(line: str) -> str:
    """A line of cron as EventBridge writes it: with a year, days by name, `?` for the kind of day that is not meant.

    >>> cron("0 3 * * 1-5"), cron("*/5 8-18/2 1 jan *")
    ('cron(0 3 ? * MON,TUE,WED,THU,FRI *)', 'cron(0/5 8,10,12,14,16,18 1 JAN ? *)')

    Raises:
        TwoDaysError: both kinds of days are meant.
    """
    minute, hour, day, month, weekday = re.sub(r"\d+", lambda number: str(int(number[0])), line.upper()).split()
    if weekday == "*":
        weekday = "?"
    elif day == "*":
        day, weekday = "?", ",".join(dict.fromkeys(_DAYS[number] for number in _numbers(weekday, 0, 6, _DAYS)))
    else:
        raise TwoDaysError(line)
    fields = (_field(minute, 0, 59), _field(hour, 0, 23), _field(day, 1, 31), _field(month, 1, 12), weekday)
    return f"cron({' '.join(fields)} *)"


def _field(text: str, low: int, high: int) -> str:
    """A field; ranges with steps, steps among other parts, and steps out of the field are told one by one."""
    if "/" not in text:
        return text
    start, _, step = text.partition("/")
    if (start == "*" or start.isdigit()) and step.isdigit() and int(step) <= high - low:
        return f"{low if start == '*' else start}/{step}"
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
