import requests
from requests import get, post

session = requests.Session()


def a():
    requests.get(
        "http://prices",
        headers={"a": "b"},
    )
    requests.put("http://prices", timeout=None)
    requests.request("GET", "http://prices")
    get("http://prices")
    return post("http://prices", data=dict(a=str(1)))
