val rest = RestTemplate()
