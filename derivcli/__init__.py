"""derivcli: derivatives that are judged."""

__version__ = "0.1.0"
