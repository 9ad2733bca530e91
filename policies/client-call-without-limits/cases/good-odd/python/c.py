import requests as r


def c():
    r.get(
        "http://prices",  # (often, slow
        timeout=3,
    )
