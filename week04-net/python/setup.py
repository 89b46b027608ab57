"""What pyproject.toml cannot say: the protocol's file goes along, from outside of this folder."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
# In the checkout it is beside the server's code; a source distribution has a copy in the package.
PROTO = next(path for path in (HERE.parent / "net" / "strata.proto", HERE / "strata" / "strata.proto")
             if path.is_file())


class BuildWithProto(build_py):
    def run(self):
        super().run()
        shutil.copy(PROTO, Path(self.build_lib) / "strata" / PROTO.name)


class DistributeWithProto(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        shutil.copy(PROTO, Path(base_dir) / "strata" / PROTO.name)


setup(cmdclass={"build_py": BuildWithProto, "sdist": DistributeWithProto})
