package main

func send() {
	otelsarama.WrapAsyncProducer(config, producer)
}
