seen = Counter(["user_id"])
SEEN = Counter(
    "seen",
    "user_id",
    ["route"],
)
log(["user_id"])
