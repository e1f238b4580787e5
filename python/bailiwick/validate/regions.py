"""What a region's name looks like.

Regions come and go faster than releases, so names are checked by their parts: an area, a direction, a digit.
"""

from __future__ import annotations

import re

_AREAS = "af|ap|ca|cn|eu|eusc|eu-isoe|il|me|mx|sa|us|us-gov|us-iso|us-isob|us-isof|eusc-de|eu-sovereign"
_DIRECTIONS = "central|north|south|east|west|northeast|northwest|southeast|southwest"
_REGION = re.compile(rf"(?:{_AREAS})-(?:{_DIRECTIONS})-[1-9]", re.ASCII)


def is_region(name: str) -> bool:
    """Whether a text could name a region.

    >>> is_region("eu-central-1"), is_region("us-gov-west-1"), is_region("us-esat-1")
    (True, True, False)
    """
    return _REGION.fullmatch(name) is not None
