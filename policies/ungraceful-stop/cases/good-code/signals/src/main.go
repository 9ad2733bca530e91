package main

func main() {
	ctx := signals.NewContext()
	go srv.ListenAndServe()
}
