"""The customer-value workbench: from client files to what to do for each client."""

__version__ = "0.1.0"
