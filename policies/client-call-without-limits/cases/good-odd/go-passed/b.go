package a

var c = http.Client{Transport: transport}
