package main

func main() {
	ctx, cancel := context.WithTimeout(parent, limit)
	tp := initTracer()
	defer tp.Shutdown(ctx)
	defer otelShutdown(ctx)
	srv.RegisterOnShutdown(close)
	srv.ListenAndServe()
}
