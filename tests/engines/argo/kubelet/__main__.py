"""A kubelet that runs pods as processes of this machine: `python -m tests.engines.argo.kubelet CONFIG`.

It must be the first process of process and mount namespaces of its own, so that nothing outlives it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.engines.argo.api import Api
from tests.engines.argo.kubelet.node import Nodes
from tests.engines.argo.kubelet.pod import Offer
from tests.engines.sandbox import Image


def main() -> None:
    config = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(config["folder"])
    # An overlay's upper folder may not lie in its lower one.
    subprocess.run(["mount", "-t", "tmpfs", "pods", folder], check=True)
    certificate = ["-cert", config["certificate"], "-key", config["key"]]
    subprocess.Popen(
        [config["streams"], "-address", f"127.0.0.1:{config['port']}", "-containers", folder, *certificate]
    )
    images = {name: Image(**image) for name, image in config["images"].items()}
    offer = Offer(images, {target: Path(source) for target, source in config["copied"].items()})
    nodes = Nodes(Api(config["server"], config["token"], Path(config["certificate"])), folder, offer)
    for node in config["nodes"]:
        nodes.register(node, config["port"])
    nodes.run()


main()
