async def a():
  requests.get("x", timeout=3)
