package a

func c() {
	s := Shop{client: &http.Client{}}
	s.client.Timeout = 10 * time.Second
	var d http.Client
	d.Timeout = 10 * time.Second
}
