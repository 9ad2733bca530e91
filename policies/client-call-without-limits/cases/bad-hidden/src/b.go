package main

func b() {
	client := &http.Client{}
	settings.Timeout = limit
	http.Head(address)
}
