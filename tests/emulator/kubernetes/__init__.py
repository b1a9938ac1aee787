"""The Kubernetes API of the emulated clusters: HTTPS on loopback, tokens, RBAC, objects."""
