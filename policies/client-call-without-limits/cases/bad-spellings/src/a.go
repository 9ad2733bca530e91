package main

func a() {
	var c http.Client
	d := &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment,
		},
	}
	e := http.Client{Timeout: 0}
	f := new(http.Client)
	g := &http.Client{}
	http.DefaultClient.Do(r)
}
