"""Inventories that are kept: what was added, what it is exposed to, what was said and done about it.

Pure but for its ports: `service.py` and `report_service.py` of the room run it, `store/` keeps it.
"""
