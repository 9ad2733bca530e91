package main

func b(r *http.Request) {
	http.DefaultClient.Do(r)
}
