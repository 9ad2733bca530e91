package main

func a() {
	http.DefaultClient.Timeout = limit
	http.DefaultClient.Do(request)
	c := &http.Client{}
}
