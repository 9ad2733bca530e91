package main

func main() {
	http.Get(address)
	http.DefaultClient.Get(address)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	srv.Shutdown(ctx)
}
