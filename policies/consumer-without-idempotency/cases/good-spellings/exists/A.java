@KafkaListener void on(M m) { if (processedMessageRepository.existsById(m.id())) return; }
