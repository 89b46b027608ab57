"""The tests of the Python client. To run them: run_tests.py.

They start servers of their own, on ports that the system chooses. What the caller's environment
says about servers is not meant for them.
"""

import os

for _name in ("STRATA_HOST", "STRATA_PORT", "STRATA_SOCKET", "STRATA_SECRET_FILE"):
    os.environ.pop(_name, None)
