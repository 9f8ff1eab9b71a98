"""Run the command line: `python -m pecmae COMMAND`."""

import sys

from pecmae.cli import main

sys.exit(main())
