"""Network dissection: which units of a network mean what, and what happens when they change.

The numerical library behind the GANPaint window and the ``dissection`` command. It never imports
Qt. Importing this package is cheap: torch is only imported by the modules that compute with it
(``dissection.models.generators``, ``dissection.models.segmenters``, ``dissection.pipeline``, ...),
so that a window can show brushes and pictures before torch has loaded.
"""

__version__ = "0.1.0"
