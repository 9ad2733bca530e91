import requests


def a():
    requests.get("http://prices")
