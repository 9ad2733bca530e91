package a

func b() {
	c := &http.Client{}
	c.Timeout = 10 * time.Second
}
