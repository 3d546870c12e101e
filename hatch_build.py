"""Put the built web page and the migrations into the wheel, so that installing it needs no Node."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarryWebPage(BuildHookInterface[Any]):
    """Build the page when it is missing; a package without it is never built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        if not Path(self.root, "app/web/dist/index.html").is_file():
            self._build_page()
        if self.target_name == "wheel":
            build_data["force_include"]["migrations"] = "app/migrations"

    def _build_page(self) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                "app/web/dist is missing and there is no npm to build it: install Node 20.19 or newer"
            )
        for command in (["ci"], ["run", "build"]):
            subprocess.run([npm, *command], cwd=Path(self.root, "frontend"), check=True)
