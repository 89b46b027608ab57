"""Rules about which files there are, and what none of them may hold."""

import re
import subprocess
from pathlib import PurePosixPath

from edges import INCLUDE
from source import Finding

COMMITTED = re.compile(r"(?:\.pb\.(?:cc|h)|_pb2(?:_grpc)?\.pyi?|\.o|\.a|\.so(?:\.\d+)*|\.pyc|\.exe)$"
                       r"|(?:^|/)(?:build|workshop|data|__pycache__)/")

# Written so that they do not match themselves.
HERE = r"(?<![\w./}~$-])/(?:[w]ork|[h]ome|[r]oot|[U]sers)/"
HOSTS = (r"deb[.]debian[.]org|pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|proxy[.]golang[.]org"
         r"|crates[.]io|jfrog[.]io|[a]rtifactory|conan[.]io|archive[.]ubuntu[.]com|extra-[i]ndex-url")
TEXT = (".cc", ".h", ".py", ".sh", ".cmake", ".txt", ".json", ".toml", ".md", ".js", ".html", ".in", "")


def check_dead_files(tree):
    named = named_in_cmake(tree)
    included = included_headers(tree)
    for source in tree.cpp:
        path = source.path
        if source.suffix == ".cc" and not any(pattern.fullmatch(path) for pattern in named):
            yield Finding(path, 1, "dead-file", "no CMakeLists.txt names it; add it or remove it")
        if source.suffix == ".h" and path not in included:
            yield Finding(path, 1, "dead-file", "nothing includes it; use it or remove it")


def named_in_cmake(tree):
    """Patterns of the paths of all sources named in CMake files; a ${...} stands for a name."""
    patterns = set()
    for source in tree.sources:
        path = PurePosixPath(source.path)
        if path.name != "CMakeLists.txt" and path.suffix != ".cmake":
            continue
        for word in re.findall(r"[^\s()\"]+\.cc\b", re.sub(r"#.*", "", source.text)):
            word = re.sub(r"^\$\{CMAKE_CURRENT_(?:LIST|SOURCE)_DIR\}/", "", word)
            top = word.startswith("${STRATA_ROOT}/")
            word = word.removeprefix("${STRATA_ROOT}/")
            full = normal(PurePosixPath() if top else path.parent, word)
            patterns.add(re.sub(r"\\\$\\\{[^}]*\\\}", "[^/]*", re.escape(full)))
    return [re.compile(pattern) for pattern in patterns]


def normal(folder, path):
    """`path` seen from `folder`, without `..`."""
    parts = []
    for part in (folder / path).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def included_headers(tree):
    headers = {s.path for s in tree.cpp if s.suffix == ".h"}
    by_end = {}
    for path in headers:  # common/env/clock.h is included as env/clock.h
        by_end.setdefault("/".join(path.split("/")[-2:]), set()).add(path)
        if path.count("/") >= 3:
            by_end.setdefault("/".join(path.split("/")[-3:]), set()).add(path)
    included = set()
    for source in tree.cpp:
        for match in INCLUDE.finditer(source.text):
            beside = normal(PurePosixPath(source.path).parent, match.group(1))
            found = {beside} & headers or by_end.get(match.group(1), set())
            included |= found - {source.path}
    return included


def check_committed(tree):
    if not (tree.root / ".git").exists():
        return  # an export; there is nothing committed
    try:
        listed = subprocess.run(["git", "-C", str(tree.root), "ls-files", "-z"],
                                capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as wrong:
        print(f"tidy: git ls-files did not work, so what is committed was not looked at: {wrong}")
        return
    for path in listed.split("\0"):
        if COMMITTED.search(path):
            yield Finding(path, 1, "committed", "it is generated; git rm --cached it, and ignore it")


def check_places(tree):
    for source in tree.files(*TEXT):
        yield from source.find(HERE, "absolute-path", "name it relative to the project or its user",
                               source.text)
        yield from source.find(HOSTS, "package-host", "leave it to the machine's own configuration",
                               source.text)
