"""How large a file may be in each direction before it is refused, and why there is a limit at all.

A limit protects the machine from a file that nobody exported on purpose: a bomb, a binary, a runaway cell.
"""

MAX_COLUMNS = 2_000
MAX_CELL_CHARACTERS = 1_000_000
MAX_LINE_BYTES = 8_000_000
MAX_UNPACKED_BYTES = 20 * 1024**3
MAX_SHEET_BYTES = 1 * 1024**3
MAX_PACKING_RATIO = 200  # plain CSV packs 5 to 20 times; more than 200 is a bomb
MAX_ZIP_ENTRIES = 10_000
SAMPLE_BYTES = 262_144
KEPT_RAW_CHARACTERS = 10_000
MAX_BATCH_CHARACTERS = 64_000_000  # mails and transcripts: a batch of rows holds no more text than this
