package main

import "github.com/getsentry/sentry-go"
