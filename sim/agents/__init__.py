"""Who decides: the state, the CCOs, the providers and the communities, as Mesa agents.

What they decide reaches members only through ``model.areas`` and ``model.clinics``.
"""
