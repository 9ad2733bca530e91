package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)
