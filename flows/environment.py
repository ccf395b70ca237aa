"""Where an office's dashboard lives and how it behaves; everything of Prefect stays inside the office's folder.

Imports nothing of Prefect, which reads its environment once, when it is imported: enter first, import afterwards.
"""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection, HTTPException
from pathlib import Path

HOST = "127.0.0.1"  # nobody but this computer sees the dashboard
PORT = 4200
_HOME = "prefect"
_ADDRESS = "dashboard.json"
_KEPT = 30 * 24 * 3600  # seconds that finished runs and their pages stay on the dashboard


def prefect_home(office: Path) -> Path:
    """The folder of the office that holds the dashboard's database and logs; a backup may leave it out."""
    return office / _HOME


def prefect_environment(office: Path, port: int = PORT) -> dict[str, str]:
    """Everything Prefect must be told, for the server, for what runs the schedule and for single runs alike."""
    return {
        "PREFECT_HOME": str(prefect_home(office)),
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(port),
        # A run without its dashboard says so instead of starting a hidden one.
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        # Who holds a job's only place is kept on disk: in memory it would be lost whenever the computer stops.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(_KEPT),
        # The newer face has no visible button to answer a question.
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # Nothing is told to anybody.
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "DO_NOT_TRACK": "1",
        # Only Prefect's own lines reach the dashboard, and no result is ever written to disk.
        "PREFECT_LOGGING_EXTRA_LOGGERS": "",
        "PREFECT_LOGGING_LOG_PRINTS": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_CLI_PROMPT": "false",
    }


def enter(office: Path, port: int = PORT) -> dict[str, str]:
    """Makes this process, and what it starts, speak to this dashboard and to no other Prefect of the same person."""
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    environment = prefect_environment(office, port)
    os.environ.update(environment)
    return environment


def remember_address(office: Path, port: int, pid: int) -> None:
    """Keeps where the dashboard answers, so that another command of the same office finds it."""
    place = prefect_home(office) / _ADDRESS
    place.write_text(json.dumps({"port": port, "pid": pid}), encoding="utf-8")


def forget_address(office: Path) -> None:
    """The dashboard has stopped."""
    (prefect_home(office) / _ADDRESS).unlink(missing_ok=True)


def known_address(office: Path) -> tuple[int, int] | None:
    """The port and the process of this office's dashboard if one answers, else None."""
    try:
        about = json.loads((prefect_home(office) / _ADDRESS).read_text(encoding="utf-8"))
        port, pid = int(about["port"]), int(about["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (port, pid) if is_healthy(port) else None


def is_healthy(port: int) -> bool:
    """Tells whether a Prefect server answers at this port."""
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/api/health")
        answer = connection.getresponse()
        return answer.status == 200 and answer.read().strip() == b"true"
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
