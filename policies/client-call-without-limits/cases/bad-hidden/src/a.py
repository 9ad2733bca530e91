import requests
import requests as r
from requests import Session


def a(body):
    requests.post("http://prices", json={**body, "timeout": 3})
    requests.get("http://prices", params=[("signal", 1)], headers={"x-deadline": "no"})
    r.get("http://prices")
    r.put("http://prices", data=dict(timeout=3))
