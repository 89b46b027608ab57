"""Rules of common/docs/style.md and architecture.md that a machine can check, over the whole tree.

    python3 tidy.py [ROOT]

Prints one line a finding, `file:line: rule: what to do`, and exits 1 if there is any.
"""

import sys
from pathlib import Path

import code_rules
import edges
import files
from source import Tree

CHECKS = (
    edges.check_edges,
    code_rules.check_ownership,
    code_rules.check_concurrency,
    code_rules.check_ambient,
    code_rules.check_sleeps,
    code_rules.check_words,
    code_rules.check_headers,
    code_rules.check_lengths,
    files.check_dead_files,
    files.check_committed,
    files.check_places,
)


def findings(root):
    tree = Tree(root)
    return sorted({finding for check in CHECKS for finding in check(tree)})


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[3]
    found = findings(root)
    for finding in found:
        print(f"{finding.path}:{finding.line}: {finding.rule}: {finding.advice}")
    print(f"tidy: {len(found)} to mend" if found else "tidy: nothing to mend")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
