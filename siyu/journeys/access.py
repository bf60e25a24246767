"""Who may do what with journeys, as the routes ask it."""

from typing import Annotated

from siyu.platform.access import allow
from siyu.platform.queries import Caller

Reading = Annotated[Caller, allow("journeys.read")]
Writing = Annotated[Caller, allow("journeys.write")]
Publishing = Annotated[Caller, allow("journeys.publish")]
