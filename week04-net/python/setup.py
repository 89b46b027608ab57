"""What pyproject.toml cannot say: the protocol's file goes along, from outside of this folder."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PROTO = Path(__file__).resolve().parent.parent / "net" / "strata.proto"


class BuildWithProto(build_py):
    def run(self):
        super().run()
        shutil.copy(PROTO, Path(self.build_lib) / "strata" / PROTO.name)


setup(cmdclass={"build_py": BuildWithProto})
