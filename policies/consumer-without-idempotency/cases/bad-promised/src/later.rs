// TODO: not idempotent yet, add an inbox
