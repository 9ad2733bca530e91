const contract = read("openapi.yaml");
