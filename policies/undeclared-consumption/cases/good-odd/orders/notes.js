let a;
// fetch("http://shop:8080/")
