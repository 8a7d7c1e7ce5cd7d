"""Every word the interface says, in English; `translation.py` says them in the user's language.

What is used all over comes from here; the pages for models, for one's data and the advice have files of their own.
"""

from rag.ui.strings.ask import *
from rag.ui.strings.general import *
from rag.ui.strings.library import *
from rag.ui.strings.quality import *
from rag.ui.strings.translation import OWN_NAMES as OWN_NAMES
from rag.ui.strings.translation import translate

translate(__name__)
