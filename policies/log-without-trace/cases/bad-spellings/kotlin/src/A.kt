logger.info { "x" }
