package a

func a() {
	t := &http.Transport{ResponseHeaderTimeout: limit}
	c := &http.Client{Transport: t}
}
