"""The rules of a member's month, one file per subject; ``month.py`` has their order.

A rule takes ``m`` (the member: a row of MEMBER), ``t`` (what happens to the member this month: MONTH), ``here`` (what
organizations decided for the member's area: AREA), ``clinic`` (the member's clinic: CLINIC), ``u, j`` (the draw block
and the member's column in it) and ``p`` (every parameter, per member-month, in one record).
"""
