"""A repository with a pull request: a base, and files that somebody changed."""

import subprocess
from pathlib import Path

SPEC = """\
mlc: 1
name: shop
sources:
  orders:
    read: data/orders.parquet
    columns: {order_id: int, amount: float, country: string, placed: timestamp, returned: bool}
    key: [order_id]
    time: placed
    known: {returned: placed + interval 30 day}
features:
  order: {columns: [amount]}
  place: {columns: [country]}
examples:
  orders: {from: orders, label: returned, split: {by: time, test: 30d, validation: 30d}}
training:
  returns:
    examples: orders
    features: [order, place]
    model: {use: "functions:fit", with: {kind: plain}}
    each: {country: [AT, CH, DE]}
    grid: {depth: [1, 2], rate: {from: 0.1, to: 1.0, count: 50}}
    select: {minimize: brier}
serving:
  daily: {model: returns, mode: batch, write: predictions/returns.parquet}
  api: {model: returns, mode: online}
experiments:
  trial:
    {service: api, unit: order_id, arms: {control: {share: 50%}, eager: {share: 50%, threshold: 0.3}},
     outcome: {metric: brier, better: lower}, detect: 5%}
"""


class Repository:
    """A repository with a pipeline in the folder `shop`.

    Attributes:
        root: its folder.
        base: the revision that a pull request is compared with.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("shop/pipeline.yaml", SPEC)
        self.write("shop/functions.py", "def fit(train, validation, context, **settings):\n    return None\n")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "the base")
        self.base = self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false"]
        ran = subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return ran.stdout

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return path

    def edit(self, *pairs: tuple[str, str]) -> None:
        path = self.root / "shop/pipeline.yaml"
        text = path.read_text()
        for old, new in pairs:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path.write_text(text)
