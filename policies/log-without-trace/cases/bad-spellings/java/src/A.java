LOGGER.info("x");
