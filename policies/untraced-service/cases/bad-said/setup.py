"""
'opentelemetry-distro' is not used.
"""
