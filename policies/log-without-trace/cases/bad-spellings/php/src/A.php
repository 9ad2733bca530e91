$this->logger->error("x");
