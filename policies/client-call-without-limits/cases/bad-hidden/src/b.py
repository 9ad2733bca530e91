import requests as http
from requests.sessions import Session

one = http.Session()
two = Session()
