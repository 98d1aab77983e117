"""Who hears of questions: a queue behind a topic, and a person who does what a message says."""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import dataclass, field

from tests.engines.aws.engine import Engine

from mlc_compiler.target import RunState

TOPIC = "questions"


@dataclass(frozen=True)
class Inbox:
    """What has been heard.

    Attributes:
        engine: where.
        address: of the queue.
        heard: the messages so far.
    """

    engine: Engine
    address: str
    heard: list[str] = field(default_factory=list)

    def find(self, text: str, seconds: float = 600) -> str:
        """The first message that has a text in it, as soon as it comes.

        Raises:
            TimeoutError: it did not come.
        """
        queue, end = self.engine.client("sqs"), time.monotonic() + seconds
        while not (found := [message for message in self.heard if text in message]):
            if time.monotonic() > end:
                raise TimeoutError(f"nobody asked of {text}, only {self.heard}")
            answer = queue.receive_message(QueueUrl=self.address, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for each in answer.get("Messages", []):
                self.heard.append(json.loads(each["Body"])["Message"])
                queue.delete_message(QueueUrl=self.address, ReceiptHandle=each["ReceiptHandle"])
        return found[0]

    def answer(self, message: str, answer: str) -> None:
        """Run the command by which a message wants it to be answered."""
        [line] = [line for line in message.splitlines() if f'"{answer}"' in line]
        program, service, operation, *options = shlex.split(line)
        assert (program, operation) == ("aws", "send-task-success")
        given = dict(zip(options[::2], options[1::2], strict=True))
        client = self.engine.client(service)
        client.send_task_success(taskToken=given["--task-token"], output=given["--task-output"])


@dataclass(frozen=True)
class Asked:
    """A question, and how the run stood that asked it."""

    message: str
    state: RunState


def open_inbox(engine: Engine) -> Inbox:
    """Make the topic, and a queue behind it."""
    sns, sqs = engine.client("sns"), engine.client("sqs")
    topic = sns.create_topic(Name=TOPIC)["TopicArn"]
    address = sqs.create_queue(QueueName=TOPIC)["QueueUrl"]
    [arn] = sqs.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])["Attributes"].values()
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return Inbox(engine, address)
