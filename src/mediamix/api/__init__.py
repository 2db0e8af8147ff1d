"""The service: a project over HTTP. Needs the extra `serve`.

`factory.application` makes it of a project; a folder per resource (endpoints, schemas, service). Read first:
`roles` (who may call what), `route` (what happens before an endpoint), `problems` (how an error looks).
"""
