package main

import (
	"net/http"

	"go.opentelemetry.io/otel"
)
