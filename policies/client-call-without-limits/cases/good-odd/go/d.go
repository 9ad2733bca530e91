package a

func d() http.Client {
	return http.Client{}
}

func e() {
	e := d()
	e.Timeout = 10 * time.Second
}
