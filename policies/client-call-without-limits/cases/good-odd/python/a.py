import requests
from requests import get, Session


def a(prices, **more):
    requests.get(
        "http://prices",
        headers={"a": "b"},
        timeout=3,
    )
    requests.get("http://prices", **more)
    prices.get("today")
    target("today")
    get("http://prices", timeout=(1, 3))
