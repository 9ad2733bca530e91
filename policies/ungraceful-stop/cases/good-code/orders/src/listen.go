package main

func main() {
	go drain(signal.NotifyContext(ctx))
	http.ListenAndServe(":8080", nil)
}
