"""`python -m app.install`: what scripts/bootstrap runs once it has found a Python."""

from __future__ import annotations

import sys

from app.install.bootstrap import main

sys.exit(main(sys.argv[1:]))
