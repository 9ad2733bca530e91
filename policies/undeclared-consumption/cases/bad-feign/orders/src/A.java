@FeignClient(name = "billing")
