"""How money moves: payment forms, one file each in ``forms``, and the ledger that records every transfer."""

from sim.payment import forms  # so that the books have a line for whatever a form pays

__all__ = ["forms"]
