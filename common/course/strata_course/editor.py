"""What an editor needs to know of the learner's files: workshop/.clangd, for clangd."""

import json

from .build import UNFINISHED

MADE = "# Made by ./strata start for clangd; without this line it is kept as it is.\n"
FLAGS = ("-xc++", "-std=c++2b", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion",
         *UNFINISHED.split())


def write(project):
    """Writes .clangd, unless the learner has one of their own.

    Flags rather than a build tree's database: they are there before the first build, suit
    the files of a hunt too, and lead to the headers themselves.
    """
    path = project.workshop / ".clangd"
    if path.exists() and not path.read_text().startswith(MADE):
        return
    rooms = [project.root / "common", *(week.folder for week in project.weeks())]
    flags = [*FLAGS, *(f"-I{folder}" for folder in rooms)]
    path.write_text(f"{MADE}CompileFlags:\n  CompilationDatabase: None\n"
                    f"  Add: {json.dumps(flags)}\n")
