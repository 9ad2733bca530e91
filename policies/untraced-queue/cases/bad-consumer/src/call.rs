fn call(request: &mut Request) { carrier.inject(request.headers()); }
