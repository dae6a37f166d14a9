"""The statements of the service: written once, sent in both modes.

What is only read is fetched by key with a statement from here as well: `session.get` puts its SELECT together anew at
every call, which is a good part of the time of a small request. Where an entity is to be changed, or may be in the
session already, `get` is the plain way.
"""
