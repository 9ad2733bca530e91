logger.success("x")
