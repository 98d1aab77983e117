"""The engine's process: `python -m tests.engines.aws.server CONFIG`."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

from tests.engines.sandbox import Image


def main(config: Path) -> None:
    """Serve what a configuration says.

    Args:
        config: a file with the port, the folder, the images, the folders of access points and the rest of a `Machine`.
    """
    settings = json.loads(config.read_text())
    os.environ["MOTO_PORT"] = str(settings["port"])

    from moto.core.config import default_user_config
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from tests.engines.aws.server import batch, definition, executions, integration, jsonata, redrive
    from tests.engines.aws.server.container import Surroundings
    from tests.engines.aws.server.doors import Doors
    from tests.engines.aws.server.stacks import api
    from tests.engines.aws.validator import Validator
    from werkzeug.serving import make_server

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    around = Surroundings(
        {name: Image(**image) for name, image in settings["images"].items()},
        {point: Path(place) for point, place in settings["folders"].items()},
        settings["cloud"],
    )
    machine = batch.Machine(
        Path(settings["folder"]),
        around,
        settings["slots"],
        settings["pace"],
        settings["grace"],
    )
    batch.install(machine)
    integration.install()
    executions.install()
    redrive.install()
    definition.install(Validator())
    api.install()
    jsonata.install()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    application = Doors(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", settings["port"], application, threaded=True, request_handler=MotoRequestHandler)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
