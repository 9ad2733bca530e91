from prometheus_client import Counter

SEEN = Counter(
    "seen",
    "seen (of each)",
    ["customer_id"],
)
statsd.increment("seen", tags=[f"user_id:{user}"])
