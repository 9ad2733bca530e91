logger.info("placed")
