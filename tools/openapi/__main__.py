"""`python -m openapi SOURCES FILE`: writes the document into FILE.

SOURCES is a descriptor set of the protos with source info, which holds the comments.
"""

import json
import sys
from pathlib import Path

from reference.source import Source

from openapi.document import document

if __name__ == "__main__":
    written = document(Source(Path(sys.argv[1]).read_bytes()))
    Path(sys.argv[2]).write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
