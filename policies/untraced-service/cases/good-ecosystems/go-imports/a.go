package main

import (
	"fmt"

	instana "github.com/instana/go-sensor"
)
