class Main { void run() {
  logger.info("started");
} }
