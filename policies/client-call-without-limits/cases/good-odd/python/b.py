import requests

session = requests.Session()
session.get("http://prices", timeout=3)
