"""`python -m pecmae`."""

import sys

from pecmae.cli import main

sys.exit(main())
