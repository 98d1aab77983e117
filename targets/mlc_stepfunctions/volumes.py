"""Folders that outlive jobs: access points of Amazon EFS, mounted under TLS by the rights of the role of steps."""

from __future__ import annotations

from typing import Any

from mlc_stepfunctions.environment import Site

Data = dict[str, Any]


def volumes(site: Site) -> Data:
    """What the properties of a container say of its volumes; nothing where there are none."""
    if not site.settings.volumes:
        return {}
    mounts = site.mounts
    return {
        "Volumes": [
            {
                "Name": name,
                "EfsVolumeConfiguration": {
                    "FileSystemId": volume.file_system,
                    "TransitEncryption": "ENABLED",
                    "AuthorizationConfig": {"AccessPointId": volume.access_point, "Iam": "ENABLED"},
                },
            }
            for name, volume in site.settings.volumes.items()
        ],
        "MountPoints": [
            {"SourceVolume": name, "ContainerPath": mounts[name], "ReadOnly": volume.read_only}
            for name, volume in site.settings.volumes.items()
        ],
    }
