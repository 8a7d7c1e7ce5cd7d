"""Every word the interface says: translate the files of this folder, translate the app.

What is used all over comes from here; the pages for models, for one's data and the advice have files of their own.
"""

from rag.ui.strings.ask import *
from rag.ui.strings.general import *
from rag.ui.strings.library import *
from rag.ui.strings.quality import *
