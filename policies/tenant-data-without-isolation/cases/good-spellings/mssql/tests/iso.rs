fn other_tenant(){}
