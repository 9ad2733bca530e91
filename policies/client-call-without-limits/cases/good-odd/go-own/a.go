package a

func a() {
	http.DefaultClient.Timeout = 10 * time.Second
	http.Get(address)
}
