"""The server: HTTP API, visitors' collections, settings.

- `settings`: settings of the server, and the limits on uploads
- `api`, `collections_api`: the routes
- `schemas`: the schemas of the API
- `http_errors`: the errors of the API, and their statuses
- `endpoints`, `mcp_tools`: the functions for Gradio's clients and for MCP
- `upload_routes`, `short_lived_files`: the files that these functions receive and return
- `middleware`, `gradio_gate`: protection of all routes, and of Gradio's routes
- `service`, `offers`: the bundles on offer, and the explanation of clips with them
- `sounds`: ranges and caching of sounds
- `jobs`: visitors' collections: queue, states, expiry
- `worker`, `clip_screening`: the process that builds the bundle of a collection
- `zips`, `uploaded_clips`, `uploaded_bundle`: reading of uploads
"""
