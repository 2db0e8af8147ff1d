"""Files that people write and hand over, YAML and JSON: read within bounds, refused with the line.

Whatever a file holds, reading it takes about a second and little memory at most: its size, its depth
and the number of its values are counted, what aliases stand for too. A key given twice is an error.
"""

from mediamix.core.documents.json_text import parse_json
from mediamix.core.documents.read import read_document, read_text
from mediamix.core.documents.scalars import switch
from mediamix.core.documents.yaml_out import as_yaml
from mediamix.core.documents.yaml_text import parse_yaml

__all__ = ["as_yaml", "parse_json", "parse_yaml", "read_document", "read_text", "switch"]
