"""The adaptation methods that D2ST is compared with, one a file: importing this imports every file of this folder, and with it
makes the method known that the file registers."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
