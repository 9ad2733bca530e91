package main

func main() {
	go srv.ListenAndServe()
	lifecycle.WaitForShutdown()
}
