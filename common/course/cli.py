"""What ./strata runs: hands the words of the command line to strata_course."""

import sys

if sys.version_info < (3, 11):
    sys.exit("strata: Python 3.11 or newer is needed; this is " + sys.version.split()[0])

try:
    from strata_course.commands import main
except ModuleNotFoundError as error:  # python3-minimal has only part of the library
    sys.exit(f"strata: Python has no module {error.name}; please run: "
             "sudo apt-get install -y python3")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
