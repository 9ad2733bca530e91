package a

func a() {
	c := &http.Client{
		Transport: transport,
		Timeout:   10 * time.Second,
	}
	var p *http.Client
}
