"""Hooks for schemathesis. It repeats scenarios, and a repeated Idempotency-Key gets the answer of the first time by design, also when
that resource was deleted meanwhile. So each valid key is made unique before it is sent; the service's own tests repeat keys."""

import re
import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch(r"[!-~]{1,200}", key):
        headers["Idempotency-Key"] = key + uuid.uuid4().hex
